-- The statement of "hcbench compare". ?1 loss allowed [percentage points], ?2 network or '',
-- ?3 technology, ?4 reference codec.
-- eligible: lossy prefixes that lose at most ?1 on the selection half of the images; the margin
-- absorbs the rounding of differences computed in binary. each: the smallest verified point of a codec
-- on a prefix; own: of a codec on any prefix. The speed is that of the newest run that timed a point.
WITH eligible AS (
	SELECT * FROM lossy WHERE verdict IS NULL AND top1_delta IS NOT NULL
		AND selection_delta >= -CAST(?1 AS REAL) - 1e-9 AND (?2 = '' OR model = ?2)
), sized AS (
	SELECT l.model_id, l.data, l.activations, p.lossy_id, p.point_id, p.compressed_bits, p.point,
		iif(instr(p.codec, ':'), substr(p.codec, 1, instr(p.codec, ':') - 1), p.codec) AS name
	FROM eligible AS l JOIN point AS p ON p.lossy_id = l.lossy_id
	WHERE p.status = 'ok' AND p.verified = 1
), each AS (
	SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY lossy_id, name
		ORDER BY compressed_bits, point) AS place FROM sized) WHERE place = 1
), own AS (
	SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY model_id, data, activations, name
		ORDER BY compressed_bits, point) AS own_place FROM each) WHERE own_place = 1
), reference AS (
	SELECT * FROM own WHERE name = ?4
), chosen AS (
	SELECT 1 AS rank, 'same' AS basis, e.name, e.point_id, r.compressed_bits AS of_bits
	FROM each AS e JOIN reference AS r ON r.lossy_id = e.lossy_id
	UNION ALL
	SELECT 2, 'own', o.name, o.point_id, r.compressed_bits FROM own AS o JOIN reference AS r
		ON r.model_id = o.model_id AND r.data = o.data AND r.activations = o.activations
), timed AS (
	SELECT t.point_id, t.operation, t.seconds, t.timed_weights,
		row_number() OVER (PARTITION BY t.point_id, t.operation ORDER BY t.seconds) AS place,
		count(*) OVER (PARTITION BY t.point_id, t.operation) AS samples
	FROM timing AS t WHERE t.point_id IN (SELECT point_id FROM chosen)
		AND t.run_id = (SELECT max(u.run_id) FROM timing AS u WHERE u.point_id = t.point_id)
), speed AS (
	SELECT point_id, operation, timed_weights / avg(seconds) / 1e6 AS mb_s FROM timed
	WHERE place IN ((samples + 1) / 2, (samples + 2) / 2) GROUP BY point_id, operation
), bound AS (
	SELECT r.*, 'order-0, model' AS bound, 1 AS words, 'model' AS bound_scope,
		l.entropy0_bits AS bound_bits FROM reference AS r JOIN lossy AS l ON l.lossy_id = r.lossy_id
	UNION ALL
	SELECT r.*, 'order-0, per layer', 1, 'layer', l.entropy0_layer_bits
	FROM reference AS r JOIN lossy AS l ON l.lossy_id = r.lossy_id
	UNION ALL
	SELECT r.*, 'order-' || p.group_size || iif(p.dict_scope = 'layer', ', per layer', ', model'),
		p.group_size, p.dict_scope, p.entropy_group_bits
	FROM reference AS r JOIN point AS p ON p.point_id = r.point_id WHERE p.group_size > 1
)
SELECT model, data, activations, basis, kind, name, NULL AS family, codec, group_size,
	dict_scope, quant, bits, scope, trim, lossy, compressed_bits, bits_per_weight, ratio_fp32,
	ratio_int8, ratio_dense, efficiency, of_hardcompress, selection_loss, confirm_loss, loss,
	loss_low, loss_high, decode_cycles, energy_pj, decode_mb_s, encode_mb_s, point,
	NULL AS retrained, NULL AS source
FROM (
	SELECT c.rank, l.model, l.data, l.activations, c.basis, 'code' AS kind, c.name, p.codec,
		p.group_size, p.dict_scope, l.quant, l.bits, l.scope, l.trim, l.lossy, p.compressed_bits,
		p.bits_per_weight, p.ratio_fp32, p.ratio_int8, p.ratio_dense, p.efficiency,
		1.0 * c.of_bits / p.compressed_bits AS of_hardcompress,
		0 - l.selection_delta AS selection_loss, 0 - l.confirm_delta AS confirm_loss,
		0 - l.top1_delta AS loss, 0 - l.top1_delta_high AS loss_low,
		0 - l.top1_delta_low AS loss_high, p.decode_cycles, e.energy_pj,
		(SELECT mb_s FROM speed AS v WHERE v.point_id = p.point_id AND v.operation = 'decode')
			AS decode_mb_s,
		(SELECT mb_s FROM speed AS v WHERE v.point_id = p.point_id AND v.operation = 'encode')
			AS encode_mb_s, p.point
	FROM chosen AS c JOIN point AS p ON p.point_id = c.point_id
		JOIN lossy AS l ON l.lossy_id = p.lossy_id
		LEFT JOIN energy AS e ON e.point_id = p.point_id AND e.technology = ?3
	UNION ALL
	SELECT 1, l.model, l.data, l.activations, 'same', 'bound', b.bound, b.bound, b.words,
		b.bound_scope, l.quant, l.bits, l.scope, l.trim, l.lossy, NULL, b.bound_bits,
		32 / b.bound_bits, 8 / b.bound_bits, l.bits / b.bound_bits, l.entropy0_bits / b.bound_bits,
		b.compressed_bits / (b.bound_bits * l.weights), 0 - l.selection_delta,
		0 - l.confirm_delta, 0 - l.top1_delta, 0 - l.top1_delta_high, 0 - l.top1_delta_low,
		NULL, NULL, NULL, NULL, NULL
	FROM bound AS b JOIN lossy AS l ON l.lossy_id = b.lossy_id WHERE b.bound_bits > 0
)
ORDER BY model, data, activations, rank, bits_per_weight, kind, name, point
