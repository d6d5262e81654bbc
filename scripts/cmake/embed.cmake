# Writes OUT: a table of (name, bytes) of the FILES below ROOT, found by cosigner::base::shipped_file().
set(entries "")
set(arrays "")
set(number 0)
foreach(file ${FILES})
  file(READ ${ROOT}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "const unsigned char data_${number}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${file}\", {reinterpret_cast<const char*>(data_${number}), sizeof data_${number} - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "#include \"base/shipped.hpp\"\n\nnamespace {\n${arrays}}  // namespace\n
namespace cosigner {\n\nconst std::vector<ShippedFile>& shipped_files() {\n  static const std::vector<ShippedFile> files = {\n${entries}  };\n  return files;\n}\n\n}  // namespace cosigner\n")
