/* Does decoding save energy? Choices, break-even, components, and gnuplot's figures of them. */
#include "report/page.h"

#include <stdio.h>

/* Of images that gnuplot draws, all together. */
enum { FIGURE_BYTES = 600000 };

/* Memories are ordered by size, as energy_choice spells them. */
#define BYTES                                                                  \
	"CAST(memory AS INTEGER) * CASE WHEN memory LIKE '%MiB' THEN 1048576 " \
	"WHEN memory LIKE '%KiB' THEN 1024 ELSE 1 END"
#define LEAST(kind)   "min(energy_pj) FILTER (WHERE kind = '" kind "')"
#define AGAINST(kind) "100 * (" LEAST("HardCompress") " / " LEAST(kind) " - 1)"
#define KINDS                                                                             \
	LEAST("int8")                                                                     \
	" AS int8, " LEAST("raw") " AS plain, " LEAST("HardCompress") " AS hard, " LEAST( \
	        "other") " AS other, " AGAINST("int8") " AS against_int8, " AGAINST("raw") " AS against_plain"

#define ENERGY(name, text)                                                             \
	{                                                                              \
		.column = name, .head = text, .format = PAGE_SIGNIFICANT, .digits = 4, \
		.scale = 1e-6                                                          \
	}
#define PERCENT(name, text, hint)                                                              \
	{                                                                                      \
		.column = name, .head = text, .title = hint, .format = PAGE_FIXED, .digits = 1 \
	}
#define KIND_COLUMNS                                                            \
	ENERGY("int8", "plain 8 bits"), ENERGY("plain", "plain words"),         \
	        ENERGY("hard", "HardCompress"), ENERGY("other", "other codec"), \
	        PERCENT("against_int8", "against 8 bits, %",                    \
	                "HardCompress; negative is less energy"),               \
	        PERCENT("against_plain", "against plain, %",                    \
	                "HardCompress; negative is less energy")

static enum status add_by_memory(struct page *p, struct err *e)
{
	static const char sql[] =
	        "SELECT model, data || iif(activations = 'f32', '', ', ' || activations) AS setting, "
	        "memory, array, port, tile_buffer, " KINDS " FROM energy_choice "
	        "WHERE loss_level = 0.5 AND technology = ?1 "
	        "GROUP BY model, data, activations, memory, buffer, array, port, tile_buffer "
	        "ORDER BY model, data, activations, " BYTES ", buffer, array, port, tile_buffer";
	/* clang-format off */
	static const struct page_column column[] = {
		{ .column = "model", .head = "network" },
		{ .column = "setting", .head = "images" },
		{ .column = "memory", .head = "weight memory" },
		{ .column = "array", .head = "array" },
		{ .column = "port", .head = "port, bits", .format = PAGE_FIXED },
		KIND_COLUMNS,
	};
	/* clang-format on */
	const char *args[] = { p->technology, NULL };

	return page_query_table(p, sql, args, "Least energy of one inference, \xc2\xb5J", column,
	                        sizeof(column) / sizeof(column[0]), 60,
	                        "no energy of a configuration with an accuracy within 0.5 points",
	                        e);
}

/* Elsewhere: every technology, in each network's largest memory and on one platform. */
static enum status add_by_technology(struct page *p, struct err *e)
{
	static const char sql[] =
	        "WITH sized AS (SELECT *, " BYTES
	        " AS bytes FROM energy_choice WHERE loss_level = 0.5), "
	        "usual AS (SELECT *, dense_rank() OVER (PARTITION BY model, data, activations "
	        "ORDER BY bytes DESC, buffer, array <> 'ws:16x16', array, port <> 64, port, tile_buffer) "
	        "AS platform FROM sized) "
	        "SELECT model, memory, array, technology, " KINDS " FROM usual WHERE platform = 1 "
	        "GROUP BY model, data, activations, technology "
	        "HAVING (SELECT count(*) FROM technology) > 1 "
	        "ORDER BY model, data, activations, technology";
	/* clang-format off */
	static const struct page_column column[] = {
		{ .column = "model", .head = "network" },
		{ .column = "memory", .head = "weight memory" },
		{ .column = "array", .head = "array" },
		{ .column = "technology", .head = "technology" },
		KIND_COLUMNS,
	};
	/* clang-format on */
	enum status rc = page_query_table(p, sql, NULL, "By technology, largest memory, \xc2\xb5J",
	                                  column, sizeof(column) / sizeof(column[0]), 60, "one", e);

	return rc == ST_SKIP ? ST_OK : rc;
}

/* Of the points of HardCompress that the first table chose. */
#define CHOSEN                                                                \
	"(SELECT point_id, min(loss_level) AS loss_level FROM energy_choice " \
	"WHERE loss_level = 0.5 AND technology = ?1 AND kind = 'HardCompress' GROUP BY point_id)"

static enum status add_breakeven(struct page *p, struct err *e)
{
	static const char sql[] =
	        "SELECT b.* FROM breakeven AS b JOIN " CHOSEN " AS c ON c.point_id = b.point_id "
	        "WHERE b.technology = ?1 ORDER BY b.model, b.data, b.point";
	/* clang-format off */
	static const struct page_column column[] = {
		{ .column = "model", .head = "network" },
		{ .column = "memory", .head = "weight memory" },
		{ .column = "array", .head = "array" },
		{ .column = "port", .head = "port, bits", .format = PAGE_FIXED },
		{ .column = "codec", .head = "codec" },
		{ .column = "saved_bits",
		  .head = "bits saved",
		  .title = "per weight, against plain words of the same width",
		  .format = PAGE_FIXED,
		  .digits = 3 },
		{ .column = "decoder_pj",
		  .head = "decoder, pJ",
		  .title = "per weight taken",
		  .format = PAGE_SIGNIFICANT,
		  .digits = 3 },
		{ .column = "breakeven_pj_per_bit",
		  .head = "pays above, pJ/bit",
		  .title = "energy per bit of the memory above which decoding pays against plain words",
		  .format = PAGE_SIGNIFICANT,
		  .digits = 3 },
		{ .column = "breakeven_int8_pj_per_bit",
		  .head = "against 8 bits",
		  .format = PAGE_SIGNIFICANT,
		  .digits = 3 },
		{ .column = "point", .head = "point", .format = PAGE_POINT },
	};
	/* clang-format on */
	const char *args[] = { p->technology, NULL };
	struct text *out = p->out, table = { 0 };
	enum status rc;

	p->out = &table;
	rc = page_query_table(p, sql, args, "Break-even", column,
	                      sizeof(column) / sizeof(column[0]), 40, "none", e);
	p->out = out;
	if (!rc) {
		text_add(out,
		         "<h3>When does decoding pay?</h3>\n<p>Where reading a bit costs more than "
		         "the last columns say, a decoder earns what it takes.</p>\n");
		text_addn(out, text_str(&table), table.n);
		page_command(p, "query", "--view breakeven");
	}
	out->fail |= table.fail;
	text_release(&table);
	return rc == ST_SKIP ? ST_OK : rc;
}

static enum status add_breakdown(struct page *p, struct err *e)
{
#define SHARE(which) "100 * sum(b.component_pj) FILTER (WHERE " which ") / sum(b.component_pj)"
	static const char sql[] =
	        "SELECT l.model, p.memory, p.array, p.port, sum(b.component_pj) AS energy_pj, " SHARE("b.component = 'DRAM'") " AS dram, " SHARE("b.component LIKE 'weight memory%'") " AS memory_share, " SHARE("b.component LIKE 'decoder%' OR b.component = 'dictionary'") " AS decoder, " SHARE(
	                "b.component = 'MACs'") " AS macs, " SHARE("b.component LIKE 'activations%'") " AS activations, p.point "
	                                                                                              "FROM breakdown AS b JOIN " CHOSEN
	                                                                                              " AS c ON c.point_id = b.point_id "
	                                                                                              "JOIN point AS p ON p.point_id = b.point_id JOIN lossy AS l ON l.lossy_id = p.lossy_id "
	                                                                                              "WHERE b.technology = ?1 GROUP BY b.point_id ORDER BY l.model, l.data, p.point";
#undef SHARE
	/* clang-format off */
	static const struct page_column column[] = {
		{ .column = "model", .head = "network" },
		{ .column = "memory", .head = "weight memory" },
		{ .column = "array", .head = "array" },
		{ .column = "port", .head = "port, bits", .format = PAGE_FIXED },
		ENERGY("energy_pj", "energy, \xc2\xb5J"),
		PERCENT("dram", "DRAM, %", "compressed bits from DRAM"),
		PERCENT("memory_share", "weight memory, %", "accesses and leakage"),
		PERCENT("decoder", "decoder, %", "clock, logic, dictionary, wires and leakage"),
		PERCENT("macs", "MACs, %", "multiply-accumulates"),
		PERCENT("activations", "activations, %", "accesses and leakage of their buffer"),
		{ .column = "point", .head = "point", .format = PAGE_POINT },
	};
	/* clang-format on */
	const char *args[] = { p->technology, NULL };
	struct text *out = p->out, table = { 0 };
	enum status rc;

	p->out = &table;
	rc = page_query_table(p, sql, args, "Shares of the energy of HardCompress", column,
	                      sizeof(column) / sizeof(column[0]), 40, "none", e);
	p->out = out;
	if (!rc) {
		text_add(out, "<h3>What is the energy made of?</h3>\n");
		text_addn(out, text_str(&table), table.n);
		page_command(p, "query", "--view breakdown");
	}
	out->fail |= table.fail;
	text_release(&table);
	return rc == ST_SKIP ? ST_OK : rc;
}

static enum status add_figures(struct page *p, struct err *e)
{
	static const char *const name[] = { "energy_breakdown", "breakeven", "pareto_energy" };
	struct err why = { 0 };
	size_t budget = FIGURE_BYTES;

	text_add(p->out, "<h3>Figures</h3>\n<div class=\"figures\">\n");
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		enum status rc = page_figure(p, name[i], &budget, &why);

		if (rc && rc != ST_SKIP) {
			*e = why;
			return rc;
		}
		if (rc) {
			page_add(p, "<p>%s: ", name[i]);
			page_escape(p->out, why.msg);
			text_add(p->out, "</p>\n");
		}
	}
	text_add(p->out, "</div>\n");
	page_command(p, "figures", "energy_breakdown breakeven pareto_energy --out figures");
	return ST_OK;
}

static enum status write(struct page *p, struct err *e)
{
	enum status rc;

	if (!p->technology)
		return err_set(e, ST_SKIP,
		               "no price table in this database: a study names "
		               "'technologies'");
	text_add(p->out,
	         "<p>The point of least energy, not of least size, among those that lose at "
	         "most 0.5 points on the selection half. Technology: <strong>");
	page_escape(p->out, p->technology);
	text_add(p->out, "</strong>.</p>\n");
	rc = add_by_memory(p, e);
	if (rc)
		return rc;
	rc = add_by_technology(p, e);
	page_command(p, "query", "--view energy_choice --where \"loss_level = 0.5\"");
	if (!rc)
		rc = add_breakeven(p, e);
	if (!rc)
		rc = add_breakdown(p, e);
	return rc ? rc : add_figures(p, e);
}

const struct report_section report_energy = { "energy", "Energy", write };
