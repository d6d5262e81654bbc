// Included by the compiler's command line into every test: the folder's absolute path is then compiled into one object
// alone (catch_main.cpp), and the compiler cache serves all the others to a clone in any folder.
#pragma once
extern const char* const fixtures_folder;
#define COSIGNER_FIXTURES fixtures_folder
