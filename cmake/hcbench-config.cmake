# find_package(hcbench) defines hcbench::hcbench: the core library with all that it needs.
include(CMakeFindDependencyMacro)
find_dependency(PkgConfig)
set(ENV{PKG_CONFIG_PATH} "${CMAKE_CURRENT_LIST_DIR}/../../pkgconfig:$ENV{PKG_CONFIG_PATH}")
pkg_check_modules(HCBENCH_CORE REQUIRED QUIET IMPORTED_TARGET GLOBAL hcbench)
if(NOT TARGET hcbench::hcbench)
  add_library(hcbench::hcbench ALIAS PkgConfig::HCBENCH_CORE)
endif()
