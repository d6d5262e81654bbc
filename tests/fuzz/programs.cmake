# The libFuzzer programs (COSIGNER_FUZZ, scripts/fuzz): fuzz_NAME of each tests/fuzz/NAME.cpp. In every other build the same targets
# are the program test_fuzz_corpora, which replays tests/fuzz/corpus.
#
# Only what parses is built here, by file and not by room, and each program links the parts it names: the rest of the rooms would make
# the build four times as long and finds nothing.
function(fuzzed part)
  cmake_parse_arguments(PART "" "" "FILES;DEPS" ${ARGN})
  list(TRANSFORM PART_FILES PREPEND ${CMAKE_SOURCE_DIR}/)
  file(GLOB sources CONFIGURE_DEPENDS ${PART_FILES})
  add_library(fuzzed_${part} STATIC ${sources})
  target_link_libraries(fuzzed_${part} PUBLIC cosigner_flags ${PART_DEPS})
  target_include_directories(fuzzed_${part} PUBLIC ${CMAKE_SOURCE_DIR}/tests)
endfunction()

fuzzed(base FILES lib/base/*.cpp tests/fuzz/harness/rules.cpp tests/fuzz/harness/target.cpp DEPS dep_openssl)
fuzzed(pairing FILES lib/pairing/device_list.cpp lib/pairing/outcome.cpp lib/pairing/token.cpp DEPS fuzzed_base)
fuzzed(engine FILES lib/host/posix/engine_errors.cpp lib/host/posix/engine_fields.cpp lib/host/posix/engine_json.cpp
                    lib/host/posix/engine_spec.cpp lib/host/posix/frame_stream.cpp lib/host/posix/pull_stream.cpp DEPS fuzzed_base)
fuzzed(apt FILES lib/apt/deb822.cpp lib/apt/openpgp_*.cpp lib/apt/release.cpp lib/apt/source_file.cpp tests/fuzz/harness/fixtures.cpp
       DEPS fuzzed_base)
fuzzed(sgx FILES lib/sgx/aesm.cpp lib/sgx/aesm_codes.cpp DEPS fuzzed_base cosigner_sgx_messages)
fuzzed(files FILES tests/kit/fake_files.cpp tests/kit/unit_files.cpp lib/host/posix/path_rules.cpp DEPS fuzzed_base)
fuzzed(state FILES lib/state/*.cpp DEPS fuzzed_files)
fuzzed(archive FILES lib/host/archive.cpp installer/stages/local_repository.cpp DEPS fuzzed_apt fuzzed_files dep_archive)
fuzzed(answers FILES lib/profile/answers_json.cpp lib/profile/answers_keys.cpp lib/profile/answers_rules.cpp
                     lib/profile/answers_writer.cpp lib/profile/forms.cpp lib/profile/problems.cpp lib/profile/reader.cpp DEPS fuzzed_base)
fuzzed(profile FILES lib/profile/profile_*.cpp DEPS fuzzed_answers cosigner_conf)
fuzzed(machine FILES lib/container/*.cpp lib/apt/apt_settings.cpp lib/apt/source_list.cpp lib/sgx/aesmd_conf.cpp lib/sgx/cpuid_*.cpp
                     lib/sgx/qcnl.cpp lib/profile/this_platform.cpp lib/host/posix/account_files.cpp
                     lib/host/posix/apt_text.cpp lib/host/posix/dpkg_status.cpp lib/host/posix/mount_table.cpp
                     lib/host/posix/unit_states.cpp DEPS fuzzed_apt)
fuzzed(sgx_host FILES lib/sgx/aesmd_conf.cpp lib/sgx/node_rules.cpp lib/sgx/registration_status.cpp tests/kit/aesmd_reader.cpp DEPS fuzzed_base)
fuzzed(attest FILES lib/attest/*.cpp DEPS fuzzed_base)

fuzzed(doctor FILES installer/checks/matching.cpp installer/checks/tcp_table.cpp installer/checks/texts.cpp lib/apt/version_order.cpp
                    lib/sgx/qcnl_report.cpp DEPS fuzzed_machine cosigner_conf)
fuzzed(capture FILES lib/host/remembering_host.cpp DEPS fuzzed_base)

add_library(fuzz_main OBJECT ${CMAKE_SOURCE_DIR}/tests/fuzz_main.cpp)
target_compile_definitions(fuzz_main PRIVATE FIXTURES_FOLDER="${CMAKE_SOURCE_DIR}/tests/fixtures")
target_link_libraries(fuzz_main PRIVATE fuzzed_base)

# fuzz_target(NAME PART…)
function(fuzz_target name)
  list(TRANSFORM ARGN PREPEND fuzzed_ OUTPUT_VARIABLE parts)
  add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}.cpp $<TARGET_OBJECTS:fuzz_main>)
  target_link_libraries(fuzz_${name} PRIVATE ${parts})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endfunction()

fuzz_target(token pairing)
fuzz_target(shown_text pairing)
fuzz_target(frame_stream engine)
fuzz_target(pull_stream engine)
fuzz_target(engine_messages engine)
fuzz_target(aesm sgx)
fuzz_target(openpgp_keys apt)
fuzz_target(signed_index apt)
fuzz_target(package_lists apt)
fuzz_target(journal state)
fuzz_target(answers answers)
fuzz_target(profile profile)
fuzz_target(repository_archive archive)
fuzz_target(machine_text machine)
fuzz_target(sgx_host sgx_host)
fuzz_target(quote attest)
fuzz_target(pck_extension attest)
fuzz_target(pem_chain attest)
fuzz_target(crl attest)
fuzz_target(tcb_info attest)
fuzz_target(qe_identity attest)
fuzz_target(doctor_text doctor)
fuzz_target(capture capture)
