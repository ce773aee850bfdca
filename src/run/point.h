/* A design point: one line that names and reproduces it, "model=lenet5-mnist bits=8 trim=2 ...".
 * The axes below are one table: point lines, study files, --set, help and the columns of the
 * database all come from it. */
#ifndef HCB_RUN_POINT_H
#define HCB_RUN_POINT_H

#include "base/err.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "hw/array.h"
#include "hw/decoder.h"
#include "infer/net.h"
#include "quant/quantizer.h"
#include "quant/trim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POINT_NAME = 256, POINT_TEXT = 1024, MAX_AXES = 32 };

/* Batch normalizations: kept as the file has them, or multiplied into the weights before those are
 * quantized. */
enum batchnorm { BATCHNORM_SEPARATE, BATCHNORM_FOLD, N_BATCHNORMS };

enum { POINT_MAX_LANES = 64 };

struct point {
	char model[POINT_NAME]; /* shipped name or path of a model file */
	char data[POINT_NAME];  /* data set name; "none": sizes, cycles and energy, no accuracy */
	enum batchnorm batchnorm;
	struct quant_spec quant;
	struct trim_spec trim;
	enum activations activations;
	enum stream_order order;
	const struct codec *codec;
	struct codec_params params;
	const struct decoder *decoder;
	unsigned
	        lanes; /* decoders, each with a stream and a bank of the weight memory of its own */
	unsigned port_bits;
	struct array array;
	enum tile_buffer tile_buffer;
	uint64_t memory_bytes, buffer_bytes;
};

/* One axis of the space. Values are text; parse checks and stores one, format writes the
 * canonical form. */
struct axis {
	const char *name;    /* in point lines and study files */
	const char *column;  /* in the database and in machine output */
	bool integer;        /* column type */
	bool lossy;          /* belongs to the lossy prefix: decides accuracy */
	const char *initial; /* default; "" : must be given; "auto": follows from the other axes */
	const char *values;  /* for help: "2..16", "global|tensor|channel" */
	const char *help;
	enum status (*parse)(struct point *p, const char *value, struct err *e);
	void (*format)(const struct point *p, char *out, size_t cap);
};

extern const struct axis axes[];
extern const size_t n_axes;
const struct axis *axis_find(const char *name); /* NULL: unknown */
const char *axis_name(size_t i);                /* NULL past the end, for nearest_name */

/* Point from "axis=value ..." in any order; axes left out take their defaults. */
enum status point_parse(struct point *p, const char *line, struct err *e);

/* All defaults; then axes are set one by one, and point_finish() settles `auto` values, fixes axes
 * that do not apply (equal work has one name) and checks the whole. */
void point_init(struct point *p);
enum status point_set(struct point *p, const char *axis, const char *value, struct err *e);
enum status point_finish(struct point *p, struct err *e);

/* The canonical line: every axis, in table order. */
void point_text(const struct point *p, char out[POINT_TEXT]);
/* Its lossy prefix: the axes that decide accuracy. */
void point_lossy_text(const struct point *p, char out[POINT_TEXT]);

/* What a result depends on besides the axes; a change of method changes every key. */
#define METHOD_VERSION "3"

/* SHA-256 of method version, text, and content hashes of model and data set (data may be NULL). */
struct digest point_key(const char *text, const struct digest *model, const struct digest *data);

/* Order in which the pipeline reuses most: by the axes, earlier stages first. */
int point_compare(const struct point *a, const struct point *b);
/* Whether two points share quantization, trimmed integers too, or the whole lossy prefix. */
bool point_same_quantization(const struct point *a, const struct point *b);
bool point_same_trim(const struct point *a, const struct point *b);
bool point_same_lossy(const struct point *a, const struct point *b);

#endif
