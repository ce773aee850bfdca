#!/usr/bin/env bash
# Whatever a user can get wrong: one clear line, the documented exit code, nothing half-written.
# shellcheck source=tests/cli/lib.bash
source "${SOURCE_DIR:?}/tests/cli/lib.bash"
cd "$work" || exit 1
ok=$SOURCE_DIR/tests/vectors/onnx/ok_conv_pool_gemm.onnx
point="model=$ok data=none memory=64KiB buffer=64KiB"

# command line
expect 2 "did you mean 'sweep'" "$HCBENCH" swep
expect 2 'did you mean --jobs' "$HCBENCH" sweep x.yaml --job5 2
expect 2 'needs a value' "$HCBENCH" sweep x.yaml --db
expect 2 'expected STUDY.yaml' "$HCBENCH" sweep
expect 2 "'0' is not a whole number" "$HCBENCH" sweep x.yaml --jobs 0
expect 2 "no 'xml'" "$HCBENCH" list axes --format xml
expect 2 "did you mean 'codecs'" "$HCBENCH" list codec

# model files
: >empty.onnx
head -c 1000 /dev/urandom >random.onnx
head -c 150 "$ok" >cut.onnx
printf '\037\213\010\000junk' >broken.onnx.gz
expect 3 'cannot open .*missing.onnx' "$HCBENCH" inspect ./missing.onnx
expect 4 'a folder without .npy files' "$HCBENCH" inspect ./
for f in empty.onnx random.onnx cut.onnx broken.onnx.gz; do
	expect 4 "$f" "$HCBENCH" inspect ./$f
	expect 4 "$f" "$HCBENCH" eval ./$f --dataset digits
	expect 4 "$f" "$HCBENCH" run "model=./$f data=none"
done
# unknown operators, external data, wrong ranks, NaN and Inf weights ...: one file each
for bad in "$SOURCE_DIR"/tests/vectors/onnx/bad_*.onnx; do
	expect 4 "^hcbench inspect: .*$(basename "$bad")" "$HCBENCH" inspect "$bad"
done
expect 2 'lenet5-digits' "$HCBENCH" inspect lenet5-digit
expect 2 'data must be given' "$HCBENCH" run "model=$ok"
expect 2 "dataset must be given" "$HCBENCH" eval "$ok"
expect 2 'takes images of 1x6x6' "$HCBENCH" eval "$ok" --dataset digits
expect 2 "int4" "$HCBENCH" eval lenet5-digits --activations int4
DNNL_MAX_CPU_ISA=AVX2 expect 3 'AVX-512' "$HCBENCH" eval lenet5-digits --activations bf16
expect 2 "mnizt" "$HCBENCH" eval lenet5-digits --dataset mnizt

# image files
mkdir idx
expect 3 'idx' "$HCBENCH" eval lenet5-digits --data idx
head -c 5000 /dev/urandom >idx/t10k-images-idx3-ubyte
head -c 100 /dev/urandom >idx/t10k-labels-idx1-ubyte
expect 4 't10k-' "$HCBENCH" eval lenet5-digits --data idx
: >idx/t10k-images-idx3-ubyte
expect 4 't10k-images' "$HCBENCH" eval lenet5-digits --data idx
HCBENCH_DATA=$work expect 3 'fetch_datasets mnist' "$HCBENCH" eval lenet5-digits --dataset mnist

# points
expect 2 "no network 'lenet5-mnits'" "$HCBENCH" run 'model=lenet5-mnits'
expect 3 'none/imagenet/nix, also in models/.*onnx.gz' env HCBENCH_DATA="$work/none" "$HCBENCH" run 'model=imagenet/nix'
expect 3 'its folder: .*: make it' "$HCBENCH" sweep "$SOURCE_DIR/bench/ci.yaml" --db "$work/none/r.db"
HCBENCH_SHARE=$work expect 3 'models.csv' "$HCBENCH" run 'model=lenet5-digits'
expect 2 'bits' "$HCBENCH" run "$point bits=0"
expect 2 'trim' "$HCBENCH" run "$point trim=-1"
expect 2 '1..65536' "$HCBENCH" run "$point codec=dict:0"
expect 2 '1..65536' "$HCBENCH" run "$point codec=dict:1099511627776"
expect 2 'larger than layer' "$HCBENCH" run "$point group=64"
expect 2 "did you mean 'dict'" "$HCBENCH" run "$point codec=dct:4"
expect 2 "no technology '7nm'|7nm" "$HCBENCH" run "$point" --technology 7nm
expect 2 'sram_' "$HCBENCH" run "model=$ok data=none memory=1KiB"

# study files
expect 3 'cannot open' "$HCBENCH" sweep missing.yaml --db a.db
study() { printf 'grids:\n  - { model: "%s", data: none, %s }\n' "$ok" "$1" >s.yaml; }
study 'bits: 0' && expect 2 's.yaml:2: bits' "$HCBENCH" sweep s.yaml --db a.db
study 'trim: -1' && expect 2 's.yaml:2: trim' "$HCBENCH" sweep s.yaml --db a.db
study 'codec: "dict:0"' && expect 2 's.yaml:2: codec' "$HCBENCH" sweep s.yaml --db a.db
study 'codec: "dict:1099511627776"' && expect 2 's.yaml:2: codec' "$HCBENCH" sweep s.yaml --db a.db
study 'group: 64' && expect 2 's.yaml:2: group' "$HCBENCH" sweep s.yaml --db a.db
study 'codec: gzip' && expect 2 "s.yaml:2: unknown codec 'gzip'" "$HCBENCH" sweep s.yaml --db a.db
head -c 300 /dev/urandom >s.yaml && expect 2 's.yaml' "$HCBENCH" sweep s.yaml --db a.db
: >s.yaml && expect 2 'not a study' "$HCBENCH" sweep s.yaml --db a.db
study 'bits: 4' && expect 2 'set' "$HCBENCH" sweep s.yaml --db a.db --set bots=4
[ ! -e a.db ] || fail 'a refused study created the database'

# databases
study 'memory: 64KiB, buffer: 64KiB, bits: 4, codec: raw'
mkdir dir && expect 3 'dir' "$HCBENCH" sweep s.yaml --db dir
expect 3 'nowhere' "$HCBENCH" sweep s.yaml --db nowhere/a.db
if [ "$(id -u)" -ne 0 ]; then
	mkdir ro && chmod 555 ro
	expect 3 'ro/a.db' "$HCBENCH" sweep s.yaml --db ro/a.db
fi
echo 'this is no database, only a text' >text.db
cp text.db text.copy
expect 4 'text.db' "$HCBENCH" sweep s.yaml --db text.db
expect 4 'text.db' "$HCBENCH" query --db text.db
cmp -s text.db text.copy || fail 'a foreign file was changed'
sqlite3 other.db 'CREATE TABLE t(x); INSERT INTO t VALUES (1);'
cp other.db other.copy
expect 4 'other.db' "$HCBENCH" sweep s.yaml --db other.db
cmp -s other.db other.copy || fail 'a foreign database was changed'
expect 3 'missing.db' "$HCBENCH" query --db missing.db
expect 0 '*' "$HCBENCH" sweep s.yaml --db good.db
head -c 5000 good.db >torn.db
expect 4 'torn.db' "$HCBENCH" query --db torn.db
expect 2 'near|syntax|incomplete' "$HCBENCH" query --db good.db --where 'bits ='
expect 2 'not|author|read' "$HCBENCH" query --db good.db --sql 'DELETE FROM point'
expect 2 'not|author|read' "$HCBENCH" query --db good.db --sql "ATTACH 'x.db' AS x"
expect 2 "did you mean 'results'" "$HCBENCH" query --db good.db --view result
expect 2 'sort' "$HCBENCH" query --db good.db --sort 'bits; DROP TABLE point'
expect 2 'no column' "$HCBENCH" query --db good.db --columns bits,nonesuch
expect 2 'at least one column' "$HCBENCH" query --db good.db --columns ''
expect 2 'no column .nonesuch.' "$HCBENCH" query --db good.db --sort nonesuch
expect 2 'goes with --pareto' "$HCBENCH" query --db good.db --within model
expect 2 'nonesuch' "$HCBENCH" query --db good.db --pareto nonesuch
expect 2 "did you mean 'histogram'" "$HCBENCH" figures histogran --db good.db
expect 2 'width' "$HCBENCH" figures --db good.db --width 99

# a reader that goes away is no error
"$HCBENCH" list fields | head -1 >/dev/null
[ "${PIPESTATUS[0]}" -eq 0 ] || fail 'a closed pipe made list fail'
finish
