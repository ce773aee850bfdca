/* The pipeline's memory: one result per stage, each kept while the axes it depends on stay the
 * same. Private to the run layer. */
#ifndef HCB_RUN_STAGES_H
#define HCB_RUN_STAGES_H

#include "codec/codec.h"
#include "infer/adaptive.h"
#include "run/pipeline.h"

/* How far a cached result reaches; a change at one stage drops it and everything behind it. */
enum stage {
	STAGE_NONE,
	STAGE_MODEL,
	STAGE_QUANT,
	STAGE_STREAM,
	STAGE_WORDS,
	STAGE_SIZED,
	STAGE_CODED
};

struct pipeline {
	struct library *library;
	enum stage valid;
	struct point at[STAGE_CODED + 1]; /* the point that each stage's result belongs to */

	const struct model *model;
	const struct dataset *data;
	struct net *net; /* for model; built when first needed */
	const struct model *net_model;
	enum activations net_activations;
	struct reference *reference; /* of model on data, filled */
	struct adaptive_order order;

	bool one_point;              /* stages_one_point() */
	struct quantized *quantized; /* where one_point without integers */
	uint16_t **symbols;          /* per kernel, stream order; not used where one_point */
	struct arena pages;          /* where one_point, the symbols */
	/* Per kernel and lane, that of kernel k and lane j at k x lanes + j: a layer to the codec.
	 */
	struct symbols *layer;
	size_t *side_bits;
	/* Buffers for the largest kernel, since each use is over when the next begins. */
	int16_t *trimmed;
	union {
		float *weights;
		uint16_t *scratch; /* wire symbols */
		uint16_t *lengths; /* of its codes */
	};
	struct source source;
	struct words *words;
	struct words_room *room;
	struct coded_sizes sizes;

	int32_t *histogram_value;
	int64_t *histogram_count;
};

/* Integers of kernel k after trimming, from STAGE_QUANT on. Trimming again costs less than keeping
 * what was trimmed. Valid until the next call. */
const int16_t *trimmed_of(struct pipeline *pl, struct trim_spec trim, size_t k);

/* With `on`, what follows is one point alone: symbols are made kernel by kernel without keeping
 * integers, and trimmed_of must not be called; with a paged model they are paged. Forgets what was
 * quantized; so call it again with false before another point. */
void stages_one_point(struct pipeline *pl, bool on);

/* Each brings its stage and all before it to the axes of p. */
enum status enter_quant(struct pipeline *pl, const struct point *p, struct err *e);
enum status enter_stream(struct pipeline *pl, const struct point *p, struct err *e);
/* Words counted, where the codec uses them. */
enum status enter_words(struct pipeline *pl, const struct point *p, struct err *e);
/* Sizes known, without encoding if the codec can. */
enum status enter_sized(struct pipeline *pl, const struct point *p, struct err *e);
/* Encoded too, decoded and compared bit for bit. */
enum status enter_coded(struct pipeline *pl, const struct point *p, struct err *e);
/* The code of layer l into c->table and c->stream (code_release), decoded and compared bit for bit;
 * c->shared is there. From enter_sized on, or for a codec that cannot compute its sizes from
 * enter_words on. */
enum status verified_code(struct pipeline *pl, const struct point *p, size_t l, struct code *c,
                          struct err *e);
/* The net of the current model as p runs it, and the fp32 network's predictions on the current data
 * set. */
enum status enter_net(struct pipeline *pl, const struct point *p, struct err *e);

#endif
