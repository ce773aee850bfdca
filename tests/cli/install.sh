#!/usr/bin/env bash
# What `cmake --install` leaves: a program that finds its data, and a core library that builds from
# outside with pkg-config and with find_package, both agreeing with the program.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"

build=$(dirname "$HCBENCH")
flags=-O1
# A library with sanitizers needs them in who links it. (Not grep -q: nm writes to its end.)
if nm "$HCBENCH" 2>/dev/null | grep __asan_init >/dev/null; then
	flags='-O1 -fsanitize=address,undefined'
	export ASAN_OPTIONS=detect_leaks=0 # the example frees nothing
fi
DESTDIR=$work/root cmake --install "$build" --prefix /usr >"$work/log" 2>&1 ||
	fail "cmake --install: $(tail -n 5 "$work/log")"
usr=$work/root/usr
installed=$usr/bin/hcbench
model=$SOURCE_DIR/datasets/models/lenet5-digits.onnx

expect 0 '' env -u HCBENCH_SHARE "$installed" list models
grep -q lenet5-digits "$work/out" || fail "the installed program does not find its networks"
for file in bash-completion/completions/hcbench zsh/site-functions/_hcbench fish/vendor_completions.d/hcbench.fish; do
	[ -s "$usr/share/$file" ] || fail "no $file"
done
expect 0 '' "$installed" run "model=lenet5-digits data=none bits=6 group=4 codec=dict:256" --format csv
want=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
	NR == 2 { print $at["stream_bits"] + $at["dict_bits"], "bits" }' "$work/out")

# The prefix of the .pc file is /usr: the staging folder comes before it, as for a cross build.
libdir=$(dirname "$(find "$usr" -name hcbench.pc)")
export PKG_CONFIG_PATH=$libdir
sed -i "s|^prefix=.*|prefix=$usr|" "$libdir/hcbench.pc"
# shellcheck disable=SC2046,SC2086 # flags are words
cc -std=c11 $flags "$SOURCE_DIR/tests/consumer/main.c" -o "$work/consumer" $(pkg-config --cflags --libs hcbench) \
	2>"$work/log" || fail "with pkg-config: $(tail -n 5 "$work/log")"
[ "$("$work/consumer" "$model")" = "$want" ] || fail "consumer says $("$work/consumer" "$model"), the program $want"

if ! cmake -S "$SOURCE_DIR/tests/consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$usr" \
	-DCMAKE_C_FLAGS="$flags" >"$work/log" 2>&1 ||
	! cmake --build "$work/build" >>"$work/log" 2>&1; then
	fail "with find_package: $(tail -n 20 "$work/log")"
fi
[ "$("$work/build/consumer" "$model")" = "$want" ] || fail "consumer of find_package: other bits"
finish
