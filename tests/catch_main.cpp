// The one translation unit that compiles Catch2's own main: it takes ten seconds, so it is compiled once.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

const char* const fixtures_folder = FIXTURES_FOLDER;  // COSIGNER_FIXTURES in tests
