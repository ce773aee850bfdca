-- The views of the results database: what "hcbench query --view", figures and other tools read.
-- Columns are named like the axes and fields that schema.sql documents; keys are in hexadecimal.

-- Every point with its status, its axes, its lossy prefix and its sizes, cycles and counts.
CREATE VIEW points AS
SELECT p.point_id, p.lossy_id, p.run_id, lower(hex(p.key)) AS key, p.status, p.point,
	lower(hex(l.lossy_key)) AS lossy_key,
	l.model, lower(hex(m.digest)) AS model_sha256,
	l.data, l.batchnorm, l.quant, l.bits, l.scope, l.round, l.scale, l.trim, l.clip,
	l.activations, p.group_size, p.stream_order, p.codec, p.dict_scope, p.decoder, p.lanes, p.port,
	p.array,
	p.tile_buffer, p.memory, p.buffer,
	l.lossy, l.weights, l.zeros, l.distinct_symbols, l.wire_bits, l.entropy0_bits,
	l.entropy0_layer_bits, l.weight_rmse, l.total_images, l.images, l.calibration_images, l.rule, l.verdict,
	l.correct, l.correct5, l.lost, l.gained, l.top1, l.top1_low,
	l.top1_high, l.top5, l.top5_low, l.top5_high, l.top1_fp32, l.top1_delta, l.top1_delta_low,
	l.top1_delta_high, l.mcnemar_p, l.selection_images, l.selection_lost, l.selection_gained,
	l.selection_delta, l.confirm_delta,
	p.reason, p.entries, p.compressed_bits, p.stream_bits, p.dict_bits, p.side_bits,
	p.padding_bits, p.bits_per_weight, p.ratio_fp32, p.ratio_int8, p.ratio_dense,
	p.saved_percent, p.entropy_group_bits, p.efficiency, p.verified, p.decode_cycles,
	p.decode_input_stalls, p.decode_output_stalls, p.weights_per_cycle, p.inference_cycles,
	p.load_stalls, p.decoder_idle_cycles,
	p.weight_reads, p.weight_writes, p.dram_bits, p.codes, p.buffer_reads, p.buffer_writes,
	p.macs, p.decoder_note
FROM point AS p LEFT JOIN lossy AS l ON l.lossy_id = p.lossy_id
	LEFT JOIN model AS m ON m.model_id = l.model_id;

-- Every point that succeeded, once per technology it is priced with (once, without energy, when it
-- is priced with none).
CREATE VIEW results AS
SELECT p.*,
	e.technology, e.energy_pj, e.energy_memory_pj, e.energy_decoder_pj,
	e.energy_activations_pj, e.energy_macs_pj, e.energy_dram_pj,
	e.energy_memory_leak_pj, e.energy_buffer_leak_pj, e.energy_decoder_clock_pj,
	e.energy_decoder_logic_pj, e.energy_decoder_dict_pj, e.energy_decoder_wires_pj,
	e.energy_decoder_leak_pj, e.energy_raw_pj, e.energy_int8_pj,
	e.fit_bytes, e.energy_fit_pj, e.raw_fit_bytes, e.energy_raw_fit_pj, e.int8_fit_bytes,
	e.energy_int8_fit_pj, e.energy_note
FROM points AS p LEFT JOIN energy AS e ON e.point_id = p.point_id
WHERE p.status = 'ok';

-- Lossy prefixes: accuracy and symbol statistics, without any code.
CREATE VIEW accuracy AS
SELECT l.lossy_id, l.run_id, lower(hex(l.lossy_key)) AS lossy_key,
	l.model, l.data, l.batchnorm, l.quant, l.bits, l.scope, l.round, l.scale, l.trim, l.clip,
	l.activations, l.lossy, l.weights, l.zeros, l.distinct_symbols, l.wire_bits, l.entropy0_bits,
	l.entropy0_layer_bits, l.weight_rmse, l.total_images, l.images, l.calibration_images, l.rule, l.verdict,
	l.correct, l.correct5, l.lost, l.gained, l.top1, l.top1_low,
	l.top1_high, l.top5, l.top5_low, l.top5_high, l.top1_fp32, l.top1_delta, l.top1_delta_low,
	l.top1_delta_high, l.mcnemar_p, l.selection_images, l.selection_lost, l.selection_gained,
	l.selection_delta, l.confirm_delta
FROM lossy AS l;

-- Points without a result, and why.
CREATE VIEW failures AS
SELECT p.point_id, p.run_id, lower(hex(p.key)) AS key, l.model, p.status, p.reason, p.point
FROM point AS p LEFT JOIN lossy AS l ON l.lossy_id = p.lossy_id
WHERE p.status <> 'ok';

-- Layers of the points that succeeded, once per technology. A layer's share of an energy component
-- is its share of the actions that cost it: accesses of the weight memory, codewords decoded,
-- accesses of the buffer, MACs, bits from DRAM, cycles for what leaks (the decoder in
-- layer_energy_decoder_pj, of which layer_energy_decoder_*_pj are parts; the memories in
-- layer_energy_leakage_pj). A component whose actions occur in no layer is
-- split evenly, so that the shares always add up to the point's energy. Activations, MACs and
-- leakage are missing where the model holds weights only.
CREATE VIEW layers AS
SELECT *, layer_energy_memory_pj + layer_energy_decoder_pj + coalesce(layer_energy_activations_pj, 0)
	+ coalesce(layer_energy_macs_pj, 0) + layer_energy_dram_pj
	+ coalesce(layer_energy_leakage_pj, 0) AS layer_energy_pj
FROM (SELECT p.point_id, p.lossy_id, lower(hex(p.key)) AS key, p.point, l.model, e.technology,
	y.layer, k.layer AS layer_name, k.shape AS layer_shape, k.weights AS layer_weights,
	y.layer_stream_bits, y.layer_dict_bits, y.layer_side_bits, y.layer_decode_cycles,
	y.layer_inference_cycles, y.layer_load_stalls, y.layer_decoder_idle_cycles,
	y.layer_weight_reads, y.layer_weight_writes, y.layer_dram_bits,
	y.layer_codes, y.layer_buffer_reads, y.layer_buffer_writes, y.layer_macs,
	e.energy_memory_pj * coalesce(1.0 * (y.layer_weight_reads + y.layer_weight_writes)
		/ nullif(t.weight_accesses, 0), 1.0 / t.layers) AS layer_energy_memory_pj,
	(e.energy_decoder_pj - coalesce(e.energy_decoder_leak_pj, 0)) * coalesce(1.0 * y.layer_codes
		/ nullif(t.codes, 0), 1.0 / t.layers)
		+ coalesce(e.energy_decoder_leak_pj, 0) * coalesce(1.0 * y.layer_inference_cycles / nullif(t.cycles, 0), 1.0 / t.layers)
		AS layer_energy_decoder_pj,
	e.energy_decoder_clock_pj * coalesce(1.0 * y.layer_codes
		/ nullif(t.codes, 0), 1.0 / t.layers) AS layer_energy_decoder_clock_pj,
	e.energy_decoder_logic_pj * coalesce(1.0 * y.layer_codes
		/ nullif(t.codes, 0), 1.0 / t.layers) AS layer_energy_decoder_logic_pj,
	e.energy_decoder_dict_pj * coalesce(1.0 * y.layer_codes
		/ nullif(t.codes, 0), 1.0 / t.layers) AS layer_energy_decoder_dict_pj,
	e.energy_decoder_wires_pj * coalesce(1.0 * y.layer_codes
		/ nullif(t.codes, 0), 1.0 / t.layers) AS layer_energy_decoder_wires_pj,
	e.energy_decoder_leak_pj * coalesce(1.0 * y.layer_inference_cycles / nullif(t.cycles, 0), 1.0 / t.layers) AS layer_energy_decoder_leak_pj,
	e.energy_activations_pj * coalesce(1.0 * (y.layer_buffer_reads + y.layer_buffer_writes)
		/ nullif(t.buffer_accesses, 0), 1.0 / t.layers) AS layer_energy_activations_pj,
	e.energy_macs_pj * coalesce(1.0 * y.layer_macs
		/ nullif(t.macs, 0), 1.0 / t.layers) AS layer_energy_macs_pj,
	e.energy_dram_pj * coalesce(1.0 * y.layer_dram_bits
		/ nullif(t.dram_bits, 0), 1.0 / t.layers) AS layer_energy_dram_pj,
	(e.energy_memory_leak_pj + e.energy_buffer_leak_pj) * coalesce(1.0
		* y.layer_inference_cycles / nullif(t.cycles, 0), 1.0 / t.layers)
		AS layer_energy_leakage_pj
FROM layer AS y
	JOIN (SELECT point_id, count(*) AS layers,
		sum(layer_weight_reads + layer_weight_writes) AS weight_accesses,
		sum(layer_codes) AS codes,
		sum(layer_buffer_reads + layer_buffer_writes) AS buffer_accesses,
		sum(layer_macs) AS macs, sum(layer_dram_bits) AS dram_bits,
		sum(layer_inference_cycles) AS cycles
		FROM layer GROUP BY point_id) AS t ON t.point_id = y.point_id
	JOIN point AS p ON p.point_id = y.point_id
	JOIN lossy AS l ON l.lossy_id = p.lossy_id
	LEFT JOIN kernel AS k ON k.model_id = l.model_id AND k.kernel_index = y.layer
	LEFT JOIN energy AS e ON e.point_id = y.point_id
WHERE p.status = 'ok');

-- What an energy is made of: a row per point, technology and component, in the order in which weights
-- meet them (place). A decoder that the technology does not split is one component.
CREATE VIEW breakdown AS
SELECT e.point_id, e.technology, c.column1 AS place, c.column2 AS component,
	CASE c.column1 WHEN 1 THEN e.energy_dram_pj WHEN 2 THEN e.energy_memory_pj
	WHEN 3 THEN e.energy_memory_leak_pj WHEN 4 THEN e.energy_decoder_clock_pj
	WHEN 5 THEN e.energy_decoder_logic_pj WHEN 6 THEN e.energy_decoder_dict_pj
	WHEN 7 THEN e.energy_decoder_wires_pj WHEN 8 THEN e.energy_decoder_leak_pj
	WHEN 9 THEN iif(e.energy_decoder_clock_pj IS NULL, e.energy_decoder_pj, NULL)
	WHEN 10 THEN e.energy_macs_pj WHEN 11 THEN e.energy_activations_pj
	ELSE e.energy_buffer_leak_pj END AS component_pj
FROM energy AS e CROSS JOIN (VALUES (1, 'DRAM'), (2, 'weight memory'),
	(3, 'weight memory leakage'), (4, 'decoder clock'), (5, 'decoder logic'),
	(6, 'dictionary'), (7, 'decoder wires'), (8, 'decoder leakage'), (9, 'decoder'),
	(10, 'MACs'), (11, 'activations'), (12, 'activations leakage')) AS c
WHERE component_pj IS NOT NULL;

-- For every network, platform, technology and loss level: of each kind of code the point that needs
-- the least energy of those that lose at most loss_level points of top-1 on the selection half of the
-- images. Kinds: int8 (raw, 8 bits, no trim), raw (any width), HardCompress (dict), other (any
-- codec with a hardware decoder and an energy).
CREATE VIEW energy_choice AS
WITH priced AS (
	SELECT p.point_id, e.technology, l.model_id, l.model, l.data, l.activations, p.port, p.array,
		p.tile_buffer, p.memory, p.buffer, l.selection_delta, e.energy_pj, p.point, l.bits, l.trim,
		CASE WHEN p.codec = 'raw' THEN 'raw' WHEN p.codec LIKE 'dict:%' THEN 'HardCompress'
			ELSE 'other' END AS kind
	FROM energy AS e JOIN point AS p ON p.point_id = e.point_id
		JOIN lossy AS l ON l.lossy_id = p.lossy_id
	WHERE p.status = 'ok' AND p.verified = 1 AND e.energy_pj IS NOT NULL
		AND l.verdict IS NULL AND l.top1_delta IS NOT NULL AND l.quant <> 'none'
), kinds AS (
	SELECT * FROM priced
	UNION ALL
	SELECT point_id, technology, model_id, model, data, activations, port, array, tile_buffer,
		memory, buffer, selection_delta, energy_pj, point, bits, trim, 'int8'
	FROM priced WHERE kind = 'raw' AND bits = 8 AND trim = 0
), placed AS (
	SELECT k.*, v.points AS loss_level, row_number() OVER (PARTITION BY v.points, k.model_id,
		k.data, k.activations, k.port, k.array, k.tile_buffer, k.memory, k.buffer, k.technology,
		k.kind ORDER BY k.energy_pj, k.point) AS place
	FROM kinds AS k JOIN loss_level AS v ON k.selection_delta >= -v.points - 1e-9
)
SELECT model, data, activations, loss_level, technology, memory, buffer, port, array, tile_buffer,
	kind, energy_pj, point_id, point
FROM placed WHERE place = 1
ORDER BY model, data, activations, loss_level, technology, memory, buffer, port, array,
	tile_buffer, kind;

-- Does decoding pay? For every point behind a decoder: bits that its code saves per weight against
-- plain words of its own width and of 8 bits, energy of the decoder per weight taken, and their
-- ratio: the energy per bit above which a memory's reads make up for the decoder. Leakage of the
-- memories and sizes of memories are not in it. passes: how often the array takes a weight.
CREATE VIEW breakeven AS
SELECT *, iif(saved_bits > 0, decoder_pj / saved_bits, NULL) AS breakeven_pj_per_bit,
	iif(saved_int8_bits > 0, decoder_pj / saved_int8_bits, NULL) AS breakeven_int8_pj_per_bit
FROM (SELECT p.point_id, lower(hex(p.key)) AS key, e.technology, l.model, l.data, p.codec, p.port,
	p.array, p.memory, 1.0 * p.weight_reads * p.port / p.compressed_bits AS passes,
	p.bits_per_weight, l.bits + 1.0 * p.side_bits / l.weights - p.bits_per_weight AS saved_bits,
	8 + 1.0 * p.side_bits / l.weights - p.bits_per_weight AS saved_int8_bits,
	e.energy_decoder_pj * p.compressed_bits / (1.0 * p.weight_reads * p.port * l.weights)
		AS decoder_pj, l.top1_delta, p.point
FROM energy AS e JOIN point AS p ON p.point_id = e.point_id
	JOIN lossy AS l ON l.lossy_id = p.lossy_id
WHERE p.status = 'ok' AND e.energy_decoder_pj > 0 AND p.weight_reads > 0);

-- Energy per image of batches: weights come from memory and DRAM through the decoder once per
-- batch and stay in the array; activations and MACs are those of one image. For weight-stationary
-- arrays that take every weight once. Leakage is that of one image at a time, an upper bound.
CREATE VIEW batches AS
SELECT e.point_id, l.model, e.technology, b.column1 AS batch,
	(coalesce(e.energy_memory_pj, 0) + e.energy_dram_pj + e.energy_decoder_pj
		- coalesce(e.energy_decoder_leak_pj, 0)) / b.column1 + coalesce(e.energy_decoder_leak_pj, 0)
		+ e.energy_activations_pj + e.energy_macs_pj + e.energy_memory_leak_pj
		+ e.energy_buffer_leak_pj AS energy_per_image_pj, p.point
FROM energy AS e JOIN point AS p ON p.point_id = e.point_id
	JOIN lossy AS l ON l.lossy_id = p.lossy_id
	CROSS JOIN (VALUES (1), (4), (16), (64), (256)) AS b
WHERE p.status = 'ok' AND e.energy_macs_pj IS NOT NULL AND p.array LIKE 'ws:%';

-- Runs: provenance, and how many stored points each computed.
CREATE VIEW runs AS
SELECT r.run_id, r.started, r.finished, r.status, coalesce(n.points, 0) AS points, r.command,
	r.version, r.git_commit, r.compiler, r.libraries, r.host, r.cpu, r.kernel, r.study
FROM run AS r
	LEFT JOIN (SELECT run_id, count(*) AS points FROM point GROUP BY run_id) AS n
		ON n.run_id = r.run_id;

-- Measured durations, per point, run and operation: the median of the repetitions, and the speed it
-- means in megabytes of 8-bit weights per second (a weight is a byte, whatever its width).
CREATE VIEW timings AS
WITH placed AS (
	SELECT t.*, row_number() OVER same AS place, count(*) OVER (PARTITION BY t.point_id, t.run_id,
		t.operation) AS samples
	FROM timing AS t
	WINDOW same AS (PARTITION BY t.point_id, t.run_id, t.operation ORDER BY t.seconds, t.sample)
)
SELECT t.point_id, t.run_id, lower(hex(p.key)) AS key, l.model, p.codec, p.group_size, t.operation,
	t.samples, avg(t.seconds) AS median_seconds,
	t.timed_weights / avg(t.seconds) / 1e6 AS weights_mb_s, p.point
FROM placed AS t JOIN point AS p ON p.point_id = t.point_id
	JOIN lossy AS l ON l.lossy_id = p.lossy_id
WHERE t.place IN ((t.samples + 1) / 2, (t.samples + 2) / 2)
GROUP BY t.point_id, t.run_id, t.operation;

-- Networks.
CREATE VIEW models AS
SELECT m.model_id, m.name AS model, m.path, lower(hex(m.digest)) AS digest, m.weights,
	m.other_params, (SELECT count(*) FROM kernel AS k WHERE k.model_id = m.model_id) AS kernels
FROM model AS m;

-- Lossy prefixes that may be on the front of size and accuracy (per network, data set and
-- activations) and have a verdict but no accuracy yet: the bound of what they may keep is above
-- all that is known of smaller ones, on all images and on the selection half; better than fp32
-- counts as fp32. A sweep evaluates them on all images, those first that their estimates put on the
-- front (place), until there are none.
CREATE VIEW unconfirmed AS
WITH kept AS (
	SELECT l.*, (SELECT p.point_id FROM point AS p
		WHERE p.lossy_id = l.lossy_id AND p.status = 'ok' AND p.verified = 1
		ORDER BY p.ratio_fp32 DESC, p.compressed_bits, p.point LIMIT 1) AS point_id
	FROM lossy AS l WHERE l.top1_delta IS NOT NULL
		AND (l.verdict IS NULL OR l.verdict = 'keeps')
), placed AS (
	SELECT k.lossy_id, k.lossy_key, k.lossy, k.model, k.data, k.activations, k.verdict,
		k.model_id, k.top1_delta, k.top1_delta_high, p.compressed_bits, p.point,
		max(k.top1_delta) OVER smaller AS best_smaller,
		max(min(k.top1_delta, k.selection_delta)) OVER smaller AS best_known
	FROM kept AS k JOIN point AS p ON p.point_id = k.point_id
	WINDOW smaller AS (PARTITION BY k.model_id, k.data, k.activations
		ORDER BY p.compressed_bits, k.verdict IS NOT NULL, k.lossy_id
		ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT model, data, activations, lower(hex(lossy_key)) AS lossy_key, lossy, verdict, top1_delta,
	top1_delta_high, compressed_bits, point,
	row_number() OVER (PARTITION BY model_id, data, activations
		ORDER BY best_smaller IS NOT NULL AND top1_delta <= best_smaller, compressed_bits,
		lossy_id) AS place
FROM placed
WHERE verdict IS NOT NULL AND (best_known IS NULL OR min(top1_delta_high, 0.0) > best_known)
ORDER BY model, data, activations, place;

-- For every network, data set, activations and loss level: the verified configuration with the
-- largest ratio among those that lose at most loss_level points of top-1 on the selection half of the images,
-- with what it loses on the other half and on all; of equals the smaller, then the first by name.
-- NULL where there is none.
-- safe_*: the largest ratio whose loss on all images is within the level and for which that holds
-- for every stored smaller trim of the same method too (of a verdict, its lower bound).
-- The margin of 1e-9 points absorbs the rounding of differences computed in binary.
CREATE VIEW best AS
WITH method AS (
	SELECT l.lossy_id, l.model_id, l.model, l.data, l.activations, l.top1_delta,
		l.selection_delta, l.verdict,
		min(CASE WHEN l.verdict IS NULL THEN l.top1_delta ELSE l.top1_delta_low END)
			OVER (PARTITION BY l.model_id, l.data, l.batchnorm, l.quant, l.bits,
			l.scope, l.round, l.scale, l.clip, l.activations
			ORDER BY l.trim) AS worst_delta
	FROM lossy AS l WHERE l.top1_delta IS NOT NULL
), smallest AS (
	SELECT m.*, (SELECT p.point_id FROM point AS p
		WHERE p.lossy_id = m.lossy_id AND p.status = 'ok' AND p.verified = 1
		ORDER BY p.ratio_fp32 DESC, p.compressed_bits, p.point LIMIT 1) AS point_id
	FROM method AS m WHERE m.verdict IS NULL
), candidate AS (
	SELECT s.*, p.ratio_fp32, p.compressed_bits, p.point
	FROM smallest AS s JOIN point AS p ON p.point_id = s.point_id
), chosen AS (
	SELECT v.points AS loss_level, c.model_id, c.data, c.activations, c.point_id,
		row_number() OVER (PARTITION BY v.points, c.model_id, c.data, c.activations
			ORDER BY c.ratio_fp32 DESC, c.compressed_bits, c.point) AS place
	FROM loss_level AS v JOIN candidate AS c ON c.selection_delta >= -v.points - 1e-9
), safe AS (
	SELECT v.points AS loss_level, c.model_id, c.data, c.activations, c.point_id,
		c.top1_delta,
		row_number() OVER (PARTITION BY v.points, c.model_id, c.data, c.activations
			ORDER BY c.ratio_fp32 DESC, c.compressed_bits, c.point) AS place
	FROM loss_level AS v JOIN candidate AS c ON c.worst_delta >= -v.points - 1e-9
)
SELECT b.model, (SELECT lower(hex(m.digest)) FROM model AS m WHERE m.model_id = b.model_id)
		AS model_sha256,
	b.data, b.activations, v.points AS loss_level, lower(hex(p.key)) AS key, p.point,
	l.batchnorm, l.quant, l.bits, l.scope, l.round, l.scale, l.trim, l.clip, p.group_size,
	p.stream_order, p.codec, p.dict_scope, p.entries, p.compressed_bits, p.bits_per_weight, p.ratio_fp32,
	p.ratio_int8, p.ratio_dense, p.saved_percent, l.entropy0_bits,
	l.entropy0_layer_bits, p.efficiency, l.images,
	l.top1, l.top1_fp32, l.top1_delta, l.top1_delta_low, l.top1_delta_high,
	l.selection_delta, l.confirm_delta, q.ratio_fp32 AS safe_ratio_fp32,
	q.bits_per_weight AS safe_bits_per_weight, s.top1_delta AS safe_top1_delta,
	lower(hex(q.key)) AS safe_key, q.point AS safe_point
FROM (SELECT DISTINCT model_id, model, data, activations FROM method) AS b
	CROSS JOIN loss_level AS v
	LEFT JOIN chosen AS c ON c.model_id = b.model_id AND c.data = b.data
		AND c.activations = b.activations
		AND c.loss_level = v.points AND c.place = 1
	LEFT JOIN safe AS s ON s.model_id = b.model_id AND s.data = b.data
		AND s.activations = b.activations
		AND s.loss_level = v.points AND s.place = 1
	LEFT JOIN point AS p ON p.point_id = c.point_id
	LEFT JOIN lossy AS l ON l.lossy_id = p.lossy_id
	LEFT JOIN point AS q ON q.point_id = s.point_id
ORDER BY b.model, b.data, b.activations, v.points;

-- Capacity planning: for memories from 8 KiB to 256 MiB, which networks fit with all their kernel
-- weights as fp32, as plain 8 bits (without scales), and as the chosen configuration of view best
-- stores them, at each loss level. NULL where nothing was chosen.
CREATE VIEW capacity AS
WITH RECURSIVE memory (capacity_bytes) AS (
	SELECT 8192 UNION ALL SELECT 2 * capacity_bytes FROM memory WHERE capacity_bytes < 268435456
)
SELECT m.name AS model, b.data, b.activations, b.loss_level, c.capacity_bytes,
	4 * m.weights AS fp32_bytes, m.weights AS int8_bytes,
	(b.compressed_bits + 7) / 8 AS compressed_bytes,
	4 * m.weights <= c.capacity_bytes AS fp32_fits, m.weights <= c.capacity_bytes AS int8_fits,
	(b.compressed_bits + 7) / 8 <= c.capacity_bytes AS compressed_fits, b.point
FROM model AS m CROSS JOIN memory AS c
	LEFT JOIN best AS b ON b.model = m.name AND b.model_sha256 = lower(hex(m.digest))
ORDER BY m.name, b.data, b.activations, b.loss_level, c.capacity_bytes;
