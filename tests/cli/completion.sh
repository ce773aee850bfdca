#!/usr/bin/env bash
# Completion of each shell offers what --help says, asked of the real shells where they are.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
for shell in bash zsh fish; do
	"$HCBENCH" help completion $shell >hcbench.$shell || fail "no completion for $shell"
done
expect 2 'expected bash' "$HCBENCH" help completion tcsh
commands=$("$HCBENCH" --help | sed -nE 's/^  ([a-z]+) +[^ ].*/\1/p' | grep -vx hcbench | sort -u)
[ "$(wc -w <<<"$commands")" -ge 14 ] || fail "commands: $commands"

options() { # of a command, as --help has them
	"$HCBENCH" "$1" --help | sed -n '/^options:/,/^examples:/p' | grep -oE '^ +(-[a-zA-Z], )?--[a-z0-9_-]+' |
		grep -oE -- "--[a-z0-9_-]+" | sort -u
}
for c in $commands; do
	"$HCBENCH" "$c" --help | grep -q '^examples:' || fail "$c --help has no examples"
	options "$c" >"$c.options"
done

# shellcheck source=/dev/null
source ./hcbench.bash
complete_bash() { # words so far; the last one is being typed
	COMP_WORDS=(hcbench "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_hcbench
	printf '%s\n' "${COMPREPLY[@]}" | sort -u
}
[ "$(complete_bash '')" = "$commands" ] || fail "bash: commands: $(complete_bash '')"
for c in $commands; do
	[ "$(complete_bash "$c" --)" = "$(cat "$c.options")" ] || fail "bash: options of $c: $(complete_bash "$c" --)"
done
"$HCBENCH" list views --format csv | tail -n +2 | cut -d, -f1 | sort >names.txt
[ "$(complete_bash query --view '')" = "$(cat names.txt)" ] || fail 'bash: views'
[ "$(complete_bash query -f j)" = $'json\njsonl' ] || fail "bash: formats: $(complete_bash query -f j)"
[ "$(complete_bash list ax)" = axes ] || fail 'bash: topics'
touch some.yaml
complete_bash sweep so | grep -qx some.yaml || fail 'bash: files'

if command -v fish >/dev/null; then
	offers() {
		HOME=$work fish --no-config -c "source hcbench.fish; complete -C '$1'" 2>&1 | cut -f1 | sort -u
	}
	[ "$(offers 'hcbench ' | grep -v -- '^-')" = "$commands" ] || fail "fish: commands: $(offers 'hcbench ')"
	for c in $commands; do
		[ "$(offers "hcbench $c --")" = "$(cat "$c.options")" ] || fail "fish: options of $c: $(offers "hcbench $c --")"
	done
	[ "$(offers 'hcbench query --view ')" = "$(cat names.txt)" ] || fail 'fish: views'
else
	echo 'fish is not there: not asked (apt-get install fish)'
fi

if command -v zsh >/dev/null; then
	zsh -n hcbench.zsh || fail 'the completion is not zsh'
	# _arguments itself shows what it was given.
	for c in $commands; do
		zsh -fc '_arguments() { print -l -- "$@" | grep -oE -- "^[*]?--[a-z0-9_-]+" | tr -d "*"; }
			_describe() { :; }; words=(hcbench '"$c"' --); CURRENT=3; source ./hcbench.zsh; _hcbench' 2>&1 |
			sort -u >zsh.options
		cmp -s zsh.options "$c.options" || fail "zsh: options of $c: $(head -c 300 zsh.options)"
	done
else
	echo 'zsh is not there: not asked (apt-get install zsh)'
fi

# For other programs: the same options, and the same lists.
"$HCBENCH" help --json >all.json || fail 'no help --json'
if command -v python3 >/dev/null; then
	for c in $commands; do
		{ python3 -c 'import json, sys
for c in json.load(open("all.json"))["commands"]:
    if c["name"] == sys.argv[1]:
        print("\n".join("--" + o["name"] for o in c["options"]))' "$c"; echo --help; } | sed '/^$/d' | sort -u >json.options
		cmp -s json.options "$c.options" || fail "json: options of $c: $(head -c 300 json.options)"
	done
	for topic in axes codecs decoders quantizers; do
		"$HCBENCH" list $topic --format json >list.json || fail "list $topic"
		python3 -c 'import json, sys
rows = json.load(open("list.json"))
sys.exit(not rows or json.load(open("all.json"))[sys.argv[1]] != rows)' $topic || fail "json: $topic differ"
	done
else
	echo 'python3 is not there: not asked (apt-get install python3)'
fi
expect 2 'whole program' "$HCBENCH" help run --json

# A sweep says how far it is when asked, and goes on; asked while it still reads its study, too. The
# study is a pipe, so that it is certain that nothing has begun.
mkfifo study.pipe || fail 'no pipe'
"$HCBENCH" sweep study.pipe --db a.db --jobs 1 >/dev/null 2>err &
pid=$!
exec 3>study.pipe # comes back when it has opened its end
kill -USR1 $pid
cat "$SOURCE_DIR/bench/ci.yaml" >&3
exec 3>&-
wait $pid || fail "a sweep that was asked early did not finish: $(tail -n 2 err)"
grep -qE '^[0-9]+ of [0-9]+ points, .* left$' err || fail "no answer to an early question: $(cat err)"
rm -f a.db
"$HCBENCH" sweep "$SOURCE_DIR/bench/ci.yaml" --db a.db --jobs 1 >/dev/null 2>err &
pid=$!
for _ in {1..300}; do
	[ -s a.db ] && grep -q 'about' err && break
	sleep 0.02
done
sleep 0.2
kill -USR1 $pid 2>/dev/null
wait $pid || fail "a sweep that was asked did not finish: $(tail -n 2 err)"
grep -qE '^[0-9]+ of [0-9]+ points, .* left$' err || fail "no answer: $(cat err)"
finish
