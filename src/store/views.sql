-- The views of the results database: what "hcbench query --view", figures and other tools read.
-- Columns are named like the axes and fields that schema.sql documents; keys are in hexadecimal.

-- Every point with its status, its axes, its lossy prefix and its sizes, cycles and counts.
CREATE VIEW points AS
SELECT p.point_id, p.lossy_id, p.run_id, lower(hex(p.key)) AS key, p.status, p.point,
	lower(hex(l.lossy_key)) AS lossy_key,
	l.model, lower(hex(m.digest)) AS model_sha256,
	l.data, l.batchnorm, l.quant, l.bits, l.scope, l.round, l.scale, l.trim, l.clip,
	l.activations, p.group_size, p.stream_order, p.codec, p.dict_scope, p.decoder, p.port, p.array,
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
	e.energy_memory_leak_pj, e.energy_buffer_leak_pj, e.energy_raw_pj, e.energy_int8_pj,
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
-- accesses of the buffer, MACs, bits from DRAM, cycles for what leaks. A component whose actions occur in no layer is
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
	e.energy_decoder_pj * coalesce(1.0 * y.layer_codes
		/ nullif(t.codes, 0), 1.0 / t.layers) AS layer_energy_decoder_pj,
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

-- Runs: provenance, and how many stored points each computed.
CREATE VIEW runs AS
SELECT r.run_id, r.started, r.finished, r.status, coalesce(n.points, 0) AS points, r.command,
	r.version, r.git_commit, r.compiler, r.libraries, r.host, r.cpu, r.kernel, r.study
FROM run AS r
	LEFT JOIN (SELECT run_id, count(*) AS points FROM point GROUP BY run_id) AS n
		ON n.run_id = r.run_id;

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
