# Installing and packaging: the program with its data, and the core (src/base to src/hw) as one
# static library with its headers, a pkg-config file and a CMake package.
set(core_layers base model quant codec hw)
set(core_objects)
foreach(layer ${core_layers})
  list(APPEND core_objects $<TARGET_OBJECTS:hcb_${layer}>)
endforeach()
add_library(hcbench_core STATIC ${core_objects} $<TARGET_OBJECTS:onnx_proto>)
set_target_properties(hcbench_core PROPERTIES OUTPUT_NAME hcbench)

install(TARGETS hcbench RUNTIME COMPONENT program)
install(DIRECTORY datasets/tech datasets/models COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/hcbench/datasets)
install(DIRECTORY datasets/claims COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/hcbench/datasets)
install(FILES datasets/manifest datasets/published.csv datasets/scalesim.csv COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/hcbench/datasets)
file(GLOB plot_scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/plots/*.gp)
install(FILES ${plot_scripts} COMPONENT program DESTINATION ${CMAKE_INSTALL_DATADIR}/hcbench/plots)
install(DIRECTORY bench COMPONENT program DESTINATION ${CMAKE_INSTALL_DATADIR}/hcbench
  FILES_MATCHING PATTERN "*.yaml")
install(FILES docs/hcbench.1 COMPONENT program DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
foreach(shell bash zsh fish)
  install(CODE "execute_process(COMMAND $<TARGET_FILE:hcbench> help completion ${shell}
    OUTPUT_FILE ${PROJECT_BINARY_DIR}/hcbench.${shell} COMMAND_ERROR_IS_FATAL ANY)" COMPONENT program)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/hcbench.bash COMPONENT program RENAME hcbench
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PROJECT_BINARY_DIR}/hcbench.zsh COMPONENT program RENAME _hcbench
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${PROJECT_BINARY_DIR}/hcbench.fish COMPONENT program
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
file(GLOB documents CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
install(FILES README.md CITATION.cff ${documents} COMPONENT program DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE COMPONENT program DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

install(TARGETS hcbench_core ARCHIVE COMPONENT core)
foreach(layer ${core_layers})
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${layer}/*.h)
  install(FILES ${headers} COMPONENT core
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hcbench/${layer})
endforeach()
configure_file(cmake/hcbench.pc.in hcbench.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/hcbench.pc COMPONENT core
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(hcbench-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/hcbench-config.cmake ${PROJECT_BINARY_DIR}/hcbench-config-version.cmake
  COMPONENT core DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hcbench)

# `cpack` in the build folder: hcbench_VERSION_ARCH.deb and libhcbench-dev_VERSION_ARCH.deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The hcbench authors <hcbench@example.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL program core)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME hcbench)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS gnuplot-nox)
set(CPACK_DEBIAN_CORE_PACKAGE_NAME libhcbench-dev)
set(CPACK_DEBIAN_CORE_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_CORE_PACKAGE_DEPENDS
  "libc6-dev, libgsl-dev, nettle-dev, zlib1g-dev, libprotobuf-c-dev, libhdf5-dev, libjansson-dev, libzstd-dev, liblz4-dev, liblzma-dev, libbrotli-dev")
include(CPack)
