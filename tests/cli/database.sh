#!/usr/bin/env bash
# docs/database.md is current and leaves no column out; every recipe gives rows; Datasette's metadata
# fits the database: labels and facets exist, facets have indexes.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
command -v sqlite3 >/dev/null || { echo 'skipped: needs sqlite3'; exit 77; }
expect 0 '' "$HCBENCH" help database
cmp -s out "$SOURCE_DIR/docs/database.md" || fail 'docs/database.md is stale: hcbench help database > docs/database.md'
# shellcheck disable=SC2016 # backticks of Markdown
grep -E '^\| `[a-z0-9_]+` \| [A-Z]* \|  ?\|$' out >bare && fail "columns without a meaning: $(cat bare)"

expect 0 '*' "$HCBENCH" sweep "$SOURCE_DIR/bench/demo.yaml" --db a.db
"$HCBENCH" help database >page.md
for view in $(sqlite3 a.db "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"); do
	grep -qx "### $view" page.md || fail "no section on $view"
	sqlite3 a.db "SELECT '\`' || name || '\`' FROM pragma_table_info('$view')" | while read -r column; do
		sed -n "/^### $view\$/,/^##/p" page.md | grep -F "| $column |" >/dev/null || echo "$view.$column"
	done
done >absent
[ ! -s absent ] || fail "not in the page: $(cat absent)"

"$HCBENCH" list recipes --format csv | tail -n +2 | cut -d, -f1 >names.txt
[ "$(wc -l <names.txt)" -ge 10 ] || fail 'fewer than ten recipes'
while read -r name; do
	expect 0 '' "$HCBENCH" query --db a.db --recipe "$name" --format csv
	[ "$(wc -l <out)" -gt 1 ] || fail "recipe $name: no rows"
done <names.txt
expect 2 "did you mean 'energy'" "$HCBENCH" query --db a.db --recipe enery
expect 2 'take one of them' "$HCBENCH" query --db a.db --recipe energy --sql 'SELECT 1'

"$HCBENCH" help datasette a >metadata.json
meta() { sqlite3 a.db "WITH m AS (SELECT CAST(readfile('metadata.json') AS TEXT) AS j) $1"; }
[ "$(meta 'SELECT json_valid(j) FROM m')" = 1 ] || fail 'metadata.json: not JSON'
bad=$(meta "SELECT t.key || '.' || f.value FROM m, json_each(m.j, '\$.databases.a.tables') AS t,
	json_each(t.value, '\$.facets') AS f WHERE NOT EXISTS (SELECT 1 FROM pragma_index_list(t.key) AS l,
	pragma_index_info(l.name) AS i WHERE i.seqno = 0 AND i.name = f.value)" 2>&1)
[ -z "$bad" ] || fail "facets without an index: $bad"
bad=$(meta "SELECT DISTINCT f.\"table\" FROM m, sqlite_master AS s, pragma_foreign_key_list(s.name) AS f
	WHERE s.type = 'table' AND json_extract(m.j, '\$.databases.a.tables.' || f.\"table\" || '.label_column') IS NULL" 2>&1)
[ -z "$bad" ] || fail "tables that others refer to without a label: $bad"
[ -z "$(sqlite3 a.db 'PRAGMA foreign_key_check')" ] || fail 'foreign keys do not hold'
finish
