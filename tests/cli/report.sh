#!/usr/bin/env bash
# report: the same bytes twice, names of users stay text, every command of the page runs.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
PATH=$(dirname "$HCBENCH"):$PATH
export PATH TMPDIR=$work/tmp
mkdir tmp

name="a<b>&\"c'.onnx"
cp "$SOURCE_DIR/datasets/models/lenet300-digits.onnx" "$name"
cat >s.yaml <<'Y'
technologies: [unit]
grids:
  - { model: [lenet300-digits, "a<b>&\"c'.onnx"], data: digits, bits: [2, 4], group: [1, 4],
      codec: [raw, "dict:4..64*4"] }
Y
mkdir "it's"
db="it's/r.db"
expect 3 'cannot|no such|missing' "$HCBENCH" report --db none.db -o r.html
expect 0 '*' "$HCBENCH" sweep s.yaml --db "$db"
expect 2 "loss: 'much'" "$HCBENCH" report --db "$db" -o r.html --loss much
[ ! -e r.html ] || fail 'a page after an error'

expect 0 '' "$HCBENCH" report --db "$db" -o r.html --no-figures
[ "$(cat out)" = r.html ] || fail "does not say what it wrote: $(cat out)"
expect 0 '' "$HCBENCH" report --db "$db" -o again.html --no-figures
cmp -s r.html again.html || fail 'not the same bytes twice'
expect 0 '' "$HCBENCH" report --db "$db" -o other.html --no-figures --title 'a < b'
grep -q '<title>a &lt; b</title>' other.html || fail 'title'

grep -qF 'a<b>' r.html && fail 'a name came through as markup'
[ "$(grep -cF 'a&lt;b&gt;&amp;&quot;c&#39;.onnx' r.html)" -gt 5 ] || fail 'the name is not there'
grep -Eq '(src|href)="(https?:)?//' r.html && fail 'a foreign address'
for id in summary networks fronts codecs energy provenance; do
	grep -q "<section id=\"$id\"" r.html || fail "no section $id"
done
grep -q '<li>Published figures: datasets/published.csv has no figure' r.html || fail 'nothing on what is left out'

# A point on a front is a link to its row, once each; the first one's line is a point of the database.
links=$(grep -o '<a href="#p[0-9]*"' r.html | grep -o 'p[0-9]*' | sort -u)
[ -n "$links" ] || fail 'no points'
for id in $links; do
	[ "$(grep -c "<tr id=\"$id\"" r.html)" = 1 ] || fail "point $id has not one row"
done
points=$(sqlite3 "$db" 'SELECT point FROM point' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/"/\&quot;/g; s/'\''/\&#39;/g')
grep -F '<tr id="p1"' r.html | sed 's/.*<code>\(.*\)<\/code>.*/\1/' >line
grep -qxF "$(cat line)" <<<"$points" || fail "the first row's line is no point: $(cat line)"

n=0
while IFS= read -r command; do
	n=$((n + 1))
	(eval "$command") >out 2>err </dev/null || fail "$command: $(cat err)"
	[ -s out ] || fail "$command: nothing"
done < <(sed -n 's/.*<p class="command"><code>\(hcbench .*\)<\/code>.*/\1/p' r.html |
	sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#39;/'\''/g; s/&amp;/\&/g' | grep -v '^hcbench figures')
[ "$n" -ge 9 ] || fail "only $n commands"

# Nothing but weights: no accuracy, no front; the page says so and stands.
cat >w.yaml <<'Y'
technologies: [unit]
grids:
  - { model: lenet300-digits, data: none, bits: 4, codec: [raw, "dict:4"] }
Y
expect 0 '*' "$HCBENCH" sweep w.yaml --db w.db
expect 0 '' "$HCBENCH" report --db w.db -o w.html --no-figures
grep -q '<li>Size and accuracy: no network of this database has an accuracy' w.html || fail 'front without accuracy'
grep -q 'id="fronts"' w.html && fail 'an empty section'

# Without gnuplot the page stands, and says so.
expect 0 '' env PATH=/nonexistent "$HCBENCH" report --db "$db" -o g.html
grep -q 'gnuplot' g.html || fail 'no word on gnuplot'
expect 0 '' "$HCBENCH" report --db "$db" -o f.html
[ -z "$(ls tmp)" ] || fail 'a scratch folder is left'
finish
