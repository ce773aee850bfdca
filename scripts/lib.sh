# shellcheck shell=bash
# Shared set-up of the scripts: where the tree is, which packages it needs, messages with a clock.
# Sourced, never run. Debian packages are named once, here.
# shellcheck disable=SC2034 # variables are for the scripts that source this file

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

build_packages=(
	gcc cmake ninja-build pkg-config libc6-dev zlib1g-dev libgsl-dev libsqlite3-dev libdnnl-dev
	libprotobuf-c-dev protobuf-c-compiler libonnx-dev libyaml-dev libjansson-dev nettle-dev
	libjpeg62-turbo-dev libhdf5-dev libzstd-dev liblz4-dev liblzma-dev libbrotli-dev
	gnuplot-nox
)
test_packages=(
	libcriterion-dev clang clang-format sqlite3 ca-certificates curl xz-utils zstd lz4 brotli
	iverilog fish zsh
)
hardware_packages=(yosys opensta iverilog python3) # of scripts/characterize_decoder
browser_packages=(chromium chromium-driver python3-selenium) # of tests/report/browser_test.py
speed_packages=(python3-torch python3-onnx libopenblas0-pthread time) # peers and peaks in bench/speed

say() {
	printf '%s: [%3d s] %s\n' "${0##*/}" "$SECONDS" "$*" >&2
}

# die STATUS MESSAGE: exit codes as hcbench's (2 usage, 3 environment, 4 data integrity).
die() {
	local code=$1
	shift
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit "$code"
}

is_installed() {
	local state
	state=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) && [[ $state == installed ]]
}

# need_packages NAME..: installs with apt what is missing and asks apt nothing when all is there, so
# an installed machine needs no network.
need_packages() {
	local missing=() sudo=() p
	if ! command -v dpkg-query >/dev/null; then
		say "not a Debian system: assuming that these are present in some form: $*"
		return
	fi
	for p in "$@"; do
		[[ $p == gnuplot-nox ]] && command -v gnuplot >/dev/null && continue
		is_installed "$p" || missing+=("$p")
	done
	((${#missing[@]})) || return 0
	if [[ $(id -u) != 0 ]]; then
		command -v sudo >/dev/null ||
			die 3 "packages are missing and this is neither root nor a user with sudo;" \
				"as root: apt-get install -y ${missing[*]}"
		sudo=(sudo)
	fi
	say "installing ${missing[*]}"
	"${sudo[@]}" apt-get update -qq </dev/null >&2 ||
		say "apt-get update failed, trying with the package lists at hand"
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${missing[@]}" </dev/null >&2 ||
		die 3 "apt-get could not install ${missing[*]}: check the network and the package sources"
}

# quietly LOG COMMAND..: output goes to a file and is shown only when the command fails.
quietly() {
	local log=$1 rc=0
	shift
	mkdir -p "$(dirname "$log")"
	"$@" </dev/null >"$log" 2>&1 || rc=$?
	if ((rc)); then
		tail -n 60 "$log" >&2
		die "$rc" "failed: $* (all of its output: $log)"
	fi
}
