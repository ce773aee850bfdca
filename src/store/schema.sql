-- The hcbench results database, schema version 5 (PRAGMA user_version; PRAGMA application_id is
-- 1212367409 = 0x48434231, "HCB1"). The views, in views.sql, are what a reader wants; these tables
-- are what they are made of.
--
-- The columns of lossy, point, energy and layer are the axes (src/run/point_axes.c) and the fields
-- (src/run/row.c) under their own names; a test holds the two together. A unit stands in square
-- brackets. A value that does not exist is NULL, never 0. Types are checked by CHECK(typeof())
-- rather than STRICT, which tools older than SQLite 3.37 cannot read.

-- About the file itself.
CREATE TABLE meta (
	-- what is said
	name TEXT NOT NULL PRIMARY KEY,
	-- what it says
	value TEXT NOT NULL
);

-- Provenance: one row per invocation that wrote here.
CREATE TABLE run (
	-- what run_id of other tables refers to
	run_id INTEGER NOT NULL PRIMARY KEY,
	-- command line, quoted
	command TEXT NOT NULL CHECK (typeof(command) = 'text'),
	-- version of hcbench
	version TEXT CHECK (typeof(version) IN ('text', 'null')),
	-- commit it was built from
	git_commit TEXT CHECK (typeof(git_commit) IN ('text', 'null')),
	-- compiler and flags it was built with
	compiler TEXT CHECK (typeof(compiler) IN ('text', 'null')),
	-- name of the machine
	host TEXT CHECK (typeof(host) IN ('text', 'null')),
	-- its processor and instruction set
	cpu TEXT CHECK (typeof(cpu) IN ('text', 'null')),
	-- its operating system
	kernel TEXT CHECK (typeof(kernel) IN ('text', 'null')),
	-- libraries with their versions
	libraries TEXT CHECK (typeof(libraries) IN ('text', 'null')),
	-- text of the study file; NULL for single points
	study TEXT CHECK (typeof(study) IN ('text', 'null')),
	-- begin [ISO 8601]
	started TEXT CHECK (typeof(started) IN ('text', 'null')),
	-- end [ISO 8601]; NULL: killed, or still running
	finished TEXT CHECK (typeof(finished) IN ('text', 'null')),
	-- done, stopped or failed; NULL like finished
	status TEXT CHECK (status IN ('done', 'stopped', 'failed'))
);

-- Networks. A name whose file changed has one row per content.
CREATE TABLE model (
	-- what model_id of other tables refers to
	model_id INTEGER NOT NULL PRIMARY KEY,
	-- value of the axis model
	name TEXT NOT NULL CHECK (typeof(name) = 'text'),
	-- file it was read from
	path TEXT CHECK (typeof(path) IN ('text', 'null')),
	-- SHA-256 of its content
	digest BLOB NOT NULL CHECK (typeof(digest) = 'blob' AND length(digest) = 32),
	-- kernel weights N [weights]
	weights INTEGER CHECK (typeof(weights) IN ('integer', 'null')),
	-- biases, batch-norm and other parameters that are not compressed [parameters]
	other_params INTEGER CHECK (typeof(other_params) IN ('integer', 'null')),
	UNIQUE (name, digest)
);

-- Kernels of a network: the weights of its convolution and dense layers.
CREATE TABLE kernel (
	-- network
	model_id INTEGER NOT NULL REFERENCES model (model_id),
	-- position in the network, from 0; column layer of table layer
	kernel_index INTEGER NOT NULL CHECK (typeof(kernel_index) = 'integer'),
	-- name of the layer
	layer TEXT CHECK (typeof(layer) IN ('text', 'null')),
	-- shape of the weights, "64x3x7x7"
	shape TEXT CHECK (typeof(shape) IN ('text', 'null')),
	-- size [weights]
	weights INTEGER CHECK (typeof(weights) IN ('integer', 'null')),
	-- multiply-accumulates per inference [MACs]
	macs INTEGER CHECK (typeof(macs) IN ('integer', 'null')),
	PRIMARY KEY (model_id, kernel_index)
) WITHOUT ROWID;

-- Data sets of labelled images. A name whose content changed has one row per content.
CREATE TABLE dataset (
	-- row number
	dataset_id INTEGER NOT NULL PRIMARY KEY,
	-- value of the axis data
	name TEXT NOT NULL CHECK (typeof(name) = 'text'),
	-- SHA-256 of its content
	digest BLOB NOT NULL CHECK (typeof(digest) = 'blob' AND length(digest) = 32),
	-- size [images]
	images INTEGER CHECK (typeof(images) IN ('integer', 'null')),
	UNIQUE (name, digest)
);

-- Price tables: picojoules per action.
CREATE TABLE technology (
	-- value of column technology of table energy
	name TEXT NOT NULL PRIMARY KEY CHECK (typeof(name) = 'text'),
	-- SHA-256 of the table
	digest BLOB NOT NULL CHECK (typeof(digest) = 'blob' AND length(digest) = 32),
	-- the table itself, as it was read
	csv TEXT NOT NULL CHECK (typeof(csv) = 'text')
);

-- Lossy prefixes: a quantized and trimmed network, its accuracy and the statistics of its symbols.
-- Codecs are lossless, so all points that differ only in what follows share one row.
CREATE TABLE lossy (
	-- what lossy_id of other tables refers to
	lossy_id INTEGER NOT NULL PRIMARY KEY,
	-- SHA-256 of method version, lossy prefix, model and data set
	lossy_key BLOB NOT NULL UNIQUE CHECK (typeof(lossy_key) = 'blob' AND length(lossy_key) = 32),
	-- network, by content
	model_id INTEGER NOT NULL REFERENCES model (model_id),
	-- run that computed the row
	run_id INTEGER NOT NULL REFERENCES run (run_id),
	-- canonical lossy prefix: the axes that decide accuracy
	lossy TEXT NOT NULL CHECK (typeof(lossy) = 'text'),
	-- network whose weights are compressed (a shipped network, SET/NAME of a fetched one, or the
	-- path of a model file)
	model TEXT NOT NULL CHECK (typeof(model) = 'text'),
	-- labelled images for accuracy; auto: what a shipped network was trained for
	-- (auto|none|a data set|idx:DIR)
	data TEXT NOT NULL CHECK (typeof(data) = 'text'),
	-- batch normalizations: beside the weights, or multiplied into them before quantizing
	-- (separate|fold)
	batchnorm TEXT NOT NULL CHECK (typeof(batchnorm) = 'text'),
	-- quantizer (symmetric|affine|none)
	quant TEXT NOT NULL CHECK (typeof(quant) = 'text'),
	-- bits per weight, the sign counted (2..16, or 32 with quant=none)
	bits INTEGER NOT NULL CHECK (typeof(bits) = 'integer'),
	-- what shares one scale (global|tensor|channel)
	scope TEXT NOT NULL CHECK (typeof(scope) = 'text'),
	-- half away from zero, or toward zero (nearest|truncate)
	round TEXT NOT NULL CHECK (typeof(round) = 'text'),
	-- largest magnitude, or the published scripts' largest positive weight, no clamp
	-- (max|authors)
	scale TEXT NOT NULL CHECK (typeof(scale) = 'text'),
	-- dead zone: |q| <= trim becomes 0 (0..32767)
	trim INTEGER NOT NULL CHECK (typeof(trim) = 'integer'),
	-- |q| > clip becomes clip (none|1..32767)
	clip TEXT NOT NULL CHECK (typeof(clip) = 'text'),
	-- values between layers: as they are, rounded to bfloat16, or to a calibrated 8-bit grid
	-- (f32|bf16|int8)
	activations TEXT NOT NULL CHECK (typeof(activations) = 'text'),
	-- kernel weights N (biases and batch-norm not counted) [weights]
	weights INTEGER CHECK (typeof(weights) IN ('integer', 'null')),
	-- weights that are zero after trimming [weights]
	zeros INTEGER CHECK (typeof(zeros) IN ('integer', 'null')),
	-- distinct symbols that occur [symbols]
	distinct_symbols INTEGER CHECK (typeof(distinct_symbols) IN ('integer', 'null')),
	-- symbol width in the stream; above bits only where scale=authors overflows [bits]
	wire_bits INTEGER CHECK (typeof(wire_bits) IN ('integer', 'null')),
	-- order-0 entropy of the symbols, pooled over the model [bits per weight]
	entropy0_bits REAL CHECK (typeof(entropy0_bits) IN ('real', 'null')),
	-- order-0 entropy of the symbols, each layer by itself [bits per weight]
	entropy0_layer_bits REAL CHECK (typeof(entropy0_layer_bits) IN ('real', 'null')),
	-- root mean square weight error relative to the root mean square weight
	weight_rmse REAL CHECK (typeof(weight_rmse) IN ('real', 'null')),
	-- labelled images of the data set [images]
	total_images INTEGER CHECK (typeof(total_images) IN ('integer', 'null')),
	-- of these, evaluated [images]
	images INTEGER CHECK (typeof(images) IN ('integer', 'null')),
	-- images that the 8-bit grids of activations=int8 were fitted to: the first of the
	-- selection half [images]
	calibration_images INTEGER CHECK (typeof(calibration_images) IN ('integer', 'null')),
	-- when the evaluation stopped
	rule TEXT CHECK (typeof(rule) IN ('text', 'null')),
	-- of an adaptive evaluation: keeps (loses at most the limit) or loses (more); NULL where all
	-- images were seen. With a verdict there is no accuracy, and top1_delta is an estimate
	-- whose bounds hold for all images at error 0.01.
	verdict TEXT CHECK (verdict IN ('keeps', 'loses')),
	-- images whose best class is the label [images]
	correct INTEGER CHECK (typeof(correct) IN ('integer', 'null')),
	-- images whose label is among the best five classes [images]
	correct5 INTEGER CHECK (typeof(correct5) IN ('integer', 'null')),
	-- right with fp32 weights, wrong here, of the images evaluated [images]
	lost INTEGER CHECK (typeof(lost) IN ('integer', 'null')),
	-- wrong with fp32 weights, right here, of the images evaluated [images]
	gained INTEGER CHECK (typeof(gained) IN ('integer', 'null')),
	-- top-1 accuracy [percent]
	top1 REAL CHECK (typeof(top1) IN ('real', 'null')),
	-- lower end of its 95 % Wilson interval [percent]
	top1_low REAL CHECK (typeof(top1_low) IN ('real', 'null')),
	-- upper end of its 95 % Wilson interval [percent]
	top1_high REAL CHECK (typeof(top1_high) IN ('real', 'null')),
	-- top-5 accuracy [percent]
	top5 REAL CHECK (typeof(top5) IN ('real', 'null')),
	-- lower end of its 95 % Wilson interval [percent]
	top5_low REAL CHECK (typeof(top5_low) IN ('real', 'null')),
	-- upper end of its 95 % Wilson interval [percent]
	top5_high REAL CHECK (typeof(top5_high) IN ('real', 'null')),
	-- top-1 of the fp32 network on the same images [percent]
	top1_fp32 REAL CHECK (typeof(top1_fp32) IN ('real', 'null')),
	-- top-1 minus fp32 top-1, paired on the same images; negative is loss [percentage points]
	top1_delta REAL CHECK (typeof(top1_delta) IN ('real', 'null')),
	-- lower end of its 95 % interval (Agresti-Min) [percentage points]
	top1_delta_low REAL CHECK (typeof(top1_delta_low) IN ('real', 'null')),
	-- upper end of its 95 % interval (Agresti-Min) [percentage points]
	top1_delta_high REAL CHECK (typeof(top1_delta_high) IN ('real', 'null')),
	-- exact two-sided McNemar test against fp32
	mcnemar_p REAL CHECK (typeof(mcnemar_p) IN ('real', 'null')),
	-- images of the half on which configurations are chosen [images]
	selection_images INTEGER CHECK (typeof(selection_images) IN ('integer', 'null')),
	-- lost, on the selection half [images]
	selection_lost INTEGER CHECK (typeof(selection_lost) IN ('integer', 'null')),
	-- gained, on the selection half [images]
	selection_gained INTEGER CHECK (typeof(selection_gained) IN ('integer', 'null')),
	-- top-1 minus fp32 top-1 on the selection half [percentage points]
	selection_delta REAL CHECK (typeof(selection_delta) IN ('real', 'null')),
	-- top-1 minus fp32 top-1 on the other half [percentage points]
	confirm_delta REAL CHECK (typeof(confirm_delta) IN ('real', 'null'))
);

-- Design points: a lossy prefix with a code, a decoder and an array; size, cycles and counts.
CREATE TABLE point (
	-- what point_id of other tables refers to
	point_id INTEGER NOT NULL PRIMARY KEY,
	-- SHA-256 of method version, point, model and data set
	key BLOB NOT NULL UNIQUE CHECK (typeof(key) = 'blob' AND length(key) = 32),
	-- its lossy prefix; NULL only where that failed
	lossy_id INTEGER REFERENCES lossy (lossy_id),
	-- run that computed the row
	run_id INTEGER NOT NULL REFERENCES run (run_id),
	-- canonical point: every axis; "hcbench run" takes it
	point TEXT NOT NULL CHECK (typeof(point) = 'text'),
	-- ok, skip (not applicable) or failed
	status TEXT NOT NULL CHECK (status IN ('ok', 'skip', 'failed')),
	-- axis group: symbols per word (1..64)
	group_size INTEGER NOT NULL CHECK (typeof(group_size) = 'integer'),
	-- axis order: order of the symbols in the stream: storage, or as the array takes its
	-- weights (oihw|array)
	stream_order TEXT NOT NULL CHECK (typeof(stream_order) = 'text'),
	-- lossless code (raw|dict:ENTRIES)
	codec TEXT NOT NULL CHECK (typeof(codec) = 'text'),
	-- one dictionary for the model, or one per layer (model|layer)
	dict_scope TEXT NOT NULL CHECK (typeof(dict_scope) = 'text'),
	-- hardware decoder; auto: the codec's own (auto|none|ring)
	decoder TEXT NOT NULL CHECK (typeof(decoder) = 'text'),
	-- decoders side by side, each with its own stream and bank of the weight memory (1..64)
	lanes INTEGER NOT NULL CHECK (typeof(lanes) = 'integer'),
	-- bits per access of the weight memory and the buffer (32|64|128|256)
	port INTEGER NOT NULL CHECK (typeof(port) = 'integer'),
	-- systolic array, weight-, output- or input-stationary (ws|os|is:ROWSxCOLS)
	array TEXT NOT NULL CHECK (typeof(array) = 'text'),
	-- weight tiles between decoder and array (single|double)
	tile_buffer TEXT NOT NULL CHECK (typeof(tile_buffer) = 'text'),
	-- weight memory (bytes, KiB or MiB)
	memory TEXT NOT NULL CHECK (typeof(memory) = 'text'),
	-- memory of activations and partial sums (bytes, KiB or MiB)
	buffer TEXT NOT NULL CHECK (typeof(buffer) = 'text'),
	-- why it was skipped or failed
	reason TEXT CHECK (typeof(reason) IN ('text', 'null')),
	-- dictionary entries D [words]
	entries INTEGER CHECK (typeof(entries) IN ('integer', 'null')),
	-- everything stored: stream, dictionary, side information, padding [bits]
	compressed_bits INTEGER CHECK (typeof(compressed_bits) IN ('integer', 'null')),
	-- code streams of all layers [bits]
	stream_bits INTEGER CHECK (typeof(stream_bits) IN ('integer', 'null')),
	-- dictionaries and tables [bits]
	dict_bits INTEGER CHECK (typeof(dict_bits) IN ('integer', 'null')),
	-- per layer: symbol count (32), scales (32 each), zero points [bits]
	side_bits INTEGER CHECK (typeof(side_bits) IN ('integer', 'null')),
	-- padding of every section to the memory port [bits]
	padding_bits INTEGER CHECK (typeof(padding_bits) IN ('integer', 'null')),
	-- compressed_bits / weights [bits per weight]
	bits_per_weight REAL CHECK (typeof(bits_per_weight) IN ('real', 'null')),
	-- 32 N / compressed_bits
	ratio_fp32 REAL CHECK (typeof(ratio_fp32) IN ('real', 'null')),
	-- 8 N / compressed_bits
	ratio_int8 REAL CHECK (typeof(ratio_int8) IN ('real', 'null')),
	-- bits N / compressed_bits
	ratio_dense REAL CHECK (typeof(ratio_dense) IN ('real', 'null')),
	-- 100 (1 - 1 / ratio_fp32) [percent]
	saved_percent REAL CHECK (typeof(saved_percent) IN ('real', 'null')),
	-- entropy of the words of G symbols; no bound for a finite file when G is large [bits
	-- per weight]
	entropy_group_bits REAL CHECK (typeof(entropy_group_bits) IN ('real', 'null')),
	-- entropy0_bits / bits_per_weight
	efficiency REAL CHECK (typeof(efficiency) IN ('real', 'null')),
	-- 1: encoded, decoded and compared bit for bit
	verified INTEGER CHECK (typeof(verified) IN ('integer', 'null')),
	-- decoder cycles for all layers [cycles]
	decode_cycles INTEGER CHECK (typeof(decode_cycles) IN ('integer', 'null')),
	-- of these, waiting for bits [cycles]
	decode_input_stalls INTEGER CHECK (typeof(decode_input_stalls) IN ('integer', 'null')),
	-- of these, waiting for the array [cycles]
	decode_output_stalls INTEGER CHECK (typeof(decode_output_stalls) IN ('integer', 'null')),
	-- weights / decode_cycles [weights per cycle]
	weights_per_cycle REAL CHECK (typeof(weights_per_cycle) IN ('real', 'null')),
	-- array cycles of one inference, its weights coming through the decoder [cycles]
	inference_cycles INTEGER CHECK (typeof(inference_cycles) IN ('integer', 'null')),
	-- of these, the array waits for weights [cycles]
	load_stalls INTEGER CHECK (typeof(load_stalls) IN ('integer', 'null')),
	-- of these, the decoder does not decode: its tiles are full, or it is done [cycles]
	decoder_idle_cycles INTEGER CHECK (typeof(decoder_idle_cycles) IN ('integer', 'null')),
	-- reads of the weight memory per inference [port words]
	weight_reads INTEGER CHECK (typeof(weight_reads) IN ('integer', 'null')),
	-- writes into it per inference [port words]
	weight_writes INTEGER CHECK (typeof(weight_writes) IN ('integer', 'null')),
	-- bits from DRAM per inference [bits]
	dram_bits INTEGER CHECK (typeof(dram_bits) IN ('integer', 'null')),
	-- codewords decoded per inference [codewords]
	codes INTEGER CHECK (typeof(codes) IN ('integer', 'null')),
	-- reads of the activation buffer [port words]
	buffer_reads INTEGER CHECK (typeof(buffer_reads) IN ('integer', 'null')),
	-- writes into the activation buffer [port words]
	buffer_writes INTEGER CHECK (typeof(buffer_writes) IN ('integer', 'null')),
	-- multiply-accumulates per inference [MACs]
	macs INTEGER CHECK (typeof(macs) IN ('integer', 'null')),
	-- what to know about the decoder's cycles
	decoder_note TEXT CHECK (typeof(decoder_note) IN ('text', 'null')),
	CHECK (status <> 'ok' OR (lossy_id IS NOT NULL AND compressed_bits IS NOT NULL
		AND bits_per_weight IS NOT NULL AND ratio_fp32 IS NOT NULL AND verified IS NOT NULL))
);

-- Energy: the counts of a point priced with one technology, beside the same network with
-- uncompressed weights in the same memory.
CREATE TABLE energy (
	-- point
	point_id INTEGER NOT NULL REFERENCES point (point_id),
	-- price table
	technology TEXT NOT NULL REFERENCES technology (name),
	-- energy of one inference [pJ]
	energy_pj REAL CHECK (typeof(energy_pj) IN ('real', 'null')),
	-- weight memory [pJ]
	energy_memory_pj REAL CHECK (typeof(energy_memory_pj) IN ('real', 'null')),
	-- decoder [pJ]
	energy_decoder_pj REAL CHECK (typeof(energy_decoder_pj) IN ('real', 'null')),
	-- activation buffer [pJ]
	energy_activations_pj REAL CHECK (typeof(energy_activations_pj) IN ('real', 'null')),
	-- multiply-accumulates [pJ]
	energy_macs_pj REAL CHECK (typeof(energy_macs_pj) IN ('real', 'null')),
	-- DRAM [pJ]
	energy_dram_pj REAL CHECK (typeof(energy_dram_pj) IN ('real', 'null')),
	-- leakage of the weight memory during the inference [pJ]
	energy_memory_leak_pj REAL CHECK (typeof(energy_memory_leak_pj) IN ('real', 'null')),
	-- leakage of the activation buffer [pJ]
	energy_buffer_leak_pj REAL CHECK (typeof(energy_buffer_leak_pj) IN ('real', 'null')),
	-- of the decoder: clock of the registers outside the dictionary; NULL: the technology does
	-- not split, also in the next four [pJ]
	energy_decoder_clock_pj REAL CHECK (typeof(energy_decoder_clock_pj) IN ('real', 'null')),
	-- of the decoder: logic [pJ]
	energy_decoder_logic_pj REAL CHECK (typeof(energy_decoder_logic_pj) IN ('real', 'null')),
	-- of the decoder: dictionary, its registers and the selection [pJ]
	energy_decoder_dict_pj REAL CHECK (typeof(energy_decoder_dict_pj) IN ('real', 'null')),
	-- of the decoder: wires [pJ]
	energy_decoder_wires_pj REAL CHECK (typeof(energy_decoder_wires_pj) IN ('real', 'null')),
	-- of the decoder: leakage during the inference [pJ]
	energy_decoder_leak_pj REAL CHECK (typeof(energy_decoder_leak_pj) IN ('real', 'null')),
	-- the same network with raw b-bit weights [pJ]
	energy_raw_pj REAL CHECK (typeof(energy_raw_pj) IN ('real', 'null')),
	-- the same network with raw 8-bit weights [pJ]
	energy_int8_pj REAL CHECK (typeof(energy_int8_pj) IN ('real', 'null')),
	-- smallest weight memory of the price table that holds the compressed weights [bytes]
	fit_bytes INTEGER CHECK (typeof(fit_bytes) IN ('integer', 'null')),
	-- energy of one inference with that memory [pJ]
	energy_fit_pj REAL CHECK (typeof(energy_fit_pj) IN ('real', 'null')),
	-- the same for raw b-bit weights [bytes]
	raw_fit_bytes INTEGER CHECK (typeof(raw_fit_bytes) IN ('integer', 'null')),
	-- raw b-bit weights in that memory [pJ]
	energy_raw_fit_pj REAL CHECK (typeof(energy_raw_fit_pj) IN ('real', 'null')),
	-- the same for raw 8-bit weights [bytes]
	int8_fit_bytes INTEGER CHECK (typeof(int8_fit_bytes) IN ('integer', 'null')),
	-- raw 8-bit weights in that memory [pJ]
	energy_int8_fit_pj REAL CHECK (typeof(energy_int8_fit_pj) IN ('real', 'null')),
	-- what to know about the prices
	energy_note TEXT CHECK (typeof(energy_note) IN ('text', 'null')),
	PRIMARY KEY (point_id, technology)
) WITHOUT ROWID;

-- Layers of a point: its size, cycles and counts, kernel by kernel.
CREATE TABLE layer (
	-- point
	point_id INTEGER NOT NULL REFERENCES point (point_id),
	-- index of the kernel
	layer INTEGER NOT NULL CHECK (typeof(layer) = 'integer'),
	-- code stream of the layer [bits]
	layer_stream_bits INTEGER CHECK (typeof(layer_stream_bits) IN ('integer', 'null')),
	-- dictionary of the layer (layer scope) [bits]
	layer_dict_bits INTEGER CHECK (typeof(layer_dict_bits) IN ('integer', 'null')),
	-- side information of the layer [bits]
	layer_side_bits INTEGER CHECK (typeof(layer_side_bits) IN ('integer', 'null')),
	-- decoder cycles [cycles]
	layer_decode_cycles INTEGER CHECK (typeof(layer_decode_cycles) IN ('integer', 'null')),
	-- array cycles with the decoder [cycles]
	layer_inference_cycles INTEGER CHECK (typeof(layer_inference_cycles) IN ('integer', 'null')),
	-- of these, the array waits for weights [cycles]
	layer_load_stalls INTEGER CHECK (typeof(layer_load_stalls) IN ('integer', 'null')),
	-- of these, the decoder does not decode [cycles]
	layer_decoder_idle_cycles INTEGER CHECK (typeof(layer_decoder_idle_cycles) IN ('integer', 'null')),
	-- reads of the weight memory [port words]
	layer_weight_reads INTEGER CHECK (typeof(layer_weight_reads) IN ('integer', 'null')),
	-- writes into the weight memory [port words]
	layer_weight_writes INTEGER CHECK (typeof(layer_weight_writes) IN ('integer', 'null')),
	-- bits from DRAM [bits]
	layer_dram_bits INTEGER CHECK (typeof(layer_dram_bits) IN ('integer', 'null')),
	-- codewords decoded [codewords]
	layer_codes INTEGER CHECK (typeof(layer_codes) IN ('integer', 'null')),
	-- reads of the activation buffer [port words]
	layer_buffer_reads INTEGER CHECK (typeof(layer_buffer_reads) IN ('integer', 'null')),
	-- writes into the activation buffer [port words]
	layer_buffer_writes INTEGER CHECK (typeof(layer_buffer_writes) IN ('integer', 'null')),
	-- multiply-accumulates [MACs]
	layer_macs INTEGER CHECK (typeof(layer_macs) IN ('integer', 'null')),
	PRIMARY KEY (point_id, layer)
) WITHOUT ROWID;

-- Histogram of the integers of an untrimmed lossy prefix.
CREATE TABLE histogram (
	-- lossy prefix
	lossy_id INTEGER NOT NULL REFERENCES lossy (lossy_id),
	-- integer, relative to the zero point
	value INTEGER NOT NULL CHECK (typeof(value) = 'integer'),
	-- how often it occurs [weights]
	count INTEGER NOT NULL CHECK (typeof(count) = 'integer'),
	PRIMARY KEY (lossy_id, value)
) WITHOUT ROWID;

-- Measured durations: all layers of a point encoded, or decoded, by software on one core. They
-- belong to a machine and a moment, so every run has its own, and nothing else refers to them.
CREATE TABLE timing (
	-- point
	point_id INTEGER NOT NULL REFERENCES point (point_id),
	-- run that measured
	run_id INTEGER NOT NULL REFERENCES run (run_id),
	-- encode or decode
	operation TEXT NOT NULL CHECK (typeof(operation) = 'text'),
	-- repetition, from 0
	sample INTEGER NOT NULL CHECK (typeof(sample) = 'integer'),
	-- how long it took [s]
	seconds REAL NOT NULL CHECK (typeof(seconds) = 'real'),
	-- weights that were encoded or decoded [weights]
	timed_weights INTEGER NOT NULL CHECK (typeof(timed_weights) = 'integer'),
	PRIMARY KEY (point_id, run_id, operation, sample)
) WITHOUT ROWID;

-- Levels of accuracy loss for which view best looks for the best configuration.
CREATE TABLE loss_level (
	-- largest loss of top-1 accuracy allowed [percentage points]
	points REAL NOT NULL PRIMARY KEY CHECK (typeof(points) = 'real' AND points >= 0)
);
INSERT INTO loss_level (points) VALUES (0.1), (0.5), (1.0), (2.0);

-- Facets that queries narrow by.
CREATE INDEX lossy_model ON lossy (model, data, bits);
CREATE INDEX lossy_model_id ON lossy (model_id);
CREATE INDEX point_lossy ON point (lossy_id);
CREATE INDEX point_group ON point (group_size);
CREATE INDEX point_codec ON point (codec);
CREATE INDEX point_unfinished ON point (status) WHERE status <> 'ok';
CREATE INDEX energy_technology ON energy (technology);
-- The best verified point of a lossy prefix, in the order of view best.
CREATE INDEX point_best ON point (lossy_id, ratio_fp32 DESC, compressed_bits)
	WHERE status = 'ok' AND verified = 1;
