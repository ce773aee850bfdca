/* NVDLA's sparse weights: a mask bit per weight, and the weights that are not zero (nvdla.org,
 * In-memory data formats, Sparse Compression option). A layer's stream is
 *   WGS: per weight group, 32 bits: how much of the weights is the group's
 *   WMB: per weight 1 bit, 0: it is zero
 *   the weights that are not zero, b bits each
 * of which NVDLA makes three surfaces. Its groups are 16 or 32 kernels; symbols have no shape, so
 * `group` says how many make a group, and by default the layer is one, which leaves out 32 bits per
 * further group. Differences: WGS counts weights, not bytes, since they need not fill bytes; mask
 * bits stand in our bit order, not little-endian; surfaces are not padded to 128 bytes each, since
 * padding is accounted for by port for all codecs alike. */
#include "base/bits.h"
#include "codec/codec.h"

enum { WGS_BITS = 32, MAX_GROUP = 1 << 24, PER_WORD = 64 };

static size_t count_weights(const uint16_t *v, size_t n)
{
	size_t weights = 0;

	for (size_t i = 0; i < n; i++)
		weights += v[i] != 0;
	return weights;
}

/* Symbols per group of a layer of n > 0 symbols. */
static size_t group_of(const struct codec_params *p, size_t n)
{
	return p->arg[0] ? p->arg[0] : n;
}

static size_t groups_in(const struct codec_params *p, size_t n)
{
	size_t group = group_of(p, n);

	return n ? n / group + (n % group != 0) : 0;
}

static size_t stream_bits(const struct symbols *l, const struct codec_params *p)
{
	return WGS_BITS * groups_in(p, l->n) + l->n + count_weights(l->v, l->n) * l->bits;
}

static enum status sizes(const struct source *s, const struct codec_params *p,
                         struct coded_sizes *out, struct err *e)
{
	(void)e;
	out->shared_bits = 0;
	for (size_t l = 0; l < s->n_layers; l++) {
		out->table_bits[l] = 0;
		out->layer_bits[l] = stream_bits(&s->layer[l], p);
		symbols_rest(&s->layer[l]);
	}
	return ST_OK;
}

static void put_mask(struct bit_writer *w, const struct symbols *l)
{
	for (size_t i = 0; i < l->n; i += PER_WORD) {
		size_t n = l->n - i < PER_WORD ? l->n - i : PER_WORD;
		uint64_t mask = 0;

		for (size_t j = 0; j < n; j++)
			mask = mask << 1 | (l->v[i + j] != 0);
		bits_put(w, mask, (unsigned)n);
	}
}

static void put_weights(struct bit_writer *w, const struct symbols *l)
{
	uint16_t kept[PER_WORD + 1];

	for (size_t i = 0; i < l->n; i += PER_WORD) {
		size_t n = l->n - i < PER_WORD ? l->n - i : PER_WORD, weights = 0;

		for (size_t j = 0; j < n; j++) {
			kept[weights] = l->v[i + j];
			weights += kept[weights] != 0;
		}
		bits_put_run(w, kept, weights, l->bits);
	}
}

static enum status encode(const struct source *s, size_t l, const struct codec_params *p,
                          struct code *c, struct err *e)
{
	const struct symbols *layer = &s->layer[l];
	const size_t cap = stream_bits(layer, p), group = group_of(p, layer->n);
	struct bit_writer w;
	enum status rc = bit_string_alloc(&c->stream, cap, e);

	if (rc)
		return rc;
	w = bit_writer_on(c->stream.words, cap);
	for (size_t i = 0; i < layer->n; i += group) {
		size_t n = layer->n - i < group ? layer->n - i : group;

		bits_put(&w, count_weights(layer->v + i, n), WGS_BITS);
	}
	put_mask(&w, layer);
	put_weights(&w, layer);
	c->stream.n_bits = w.n_bits;
	return w.fail ? err_set(e, ST_INTERNAL,
	                        "zeromask: layer %zu does not fit its computed size", l)
	              : ST_OK;
}

/* Weights of the layer, as the mask says, which leaves 1 in v where there is one. */
static size_t get_mask(struct bit_reader *r, uint16_t *v, size_t n)
{
	size_t weights = 0;

	for (size_t i = 0; i < n; i += PER_WORD) {
		size_t now = n - i < PER_WORD ? n - i : PER_WORD;
		uint64_t mask = bits_get(r, (unsigned)now);

		for (size_t j = now; j-- > 0; mask >>= 1) {
			v[i + j] = (uint16_t)(mask & 1);
			weights += mask & 1;
		}
	}
	return weights;
}

/* Puts the weights where v is 1. False: one of them is zero. */
static bool get_weights(struct bit_reader *r, unsigned bits, uint16_t *v, size_t n)
{
	uint16_t kept[PER_WORD + 1];
	bool ok = true;

	for (size_t i = 0; i < n; i += PER_WORD) {
		size_t now = n - i < PER_WORD ? n - i : PER_WORD, at = 0;

		bits_get_run(r, kept, count_weights(v + i, now), bits);
		for (size_t j = 0; j < now; j++)
			if (v[i + j]) {
				v[i + j] = kept[at++];
				ok &= v[i + j] != 0;
			}
	}
	return ok;
}

/* The sizes of all groups are as the mask says. */
static bool check_groups(struct bit_reader *r, const struct codec_params *p, const uint16_t *v,
                         size_t n)
{
	const size_t group = group_of(p, n);
	bool ok = true;

	for (size_t i = 0; i < n && ok; i += group)
		ok = bits_get(r, WGS_BITS) == count_weights(v + i, n - i < group ? n - i : group);
	return ok;
}

static enum status decode(const struct code *c, const struct codec_params *p, unsigned bits,
                          uint16_t *v, size_t n, struct err *e)
{
	const size_t n_bits = c->stream.n_bits, head = WGS_BITS * groups_in(p, n);
	struct bit_reader groups = bit_reader_on(c->stream.words, n_bits), r = groups;
	size_t weights;

	if (n_bits < head || n_bits - head < n)
		return err_set(e, ST_DATA, "zeromask stream: %zu bits, expected %zu before weights",
		               n_bits, head + n);
	r.pos = head;
	weights = get_mask(&r, v, n);
	if (n_bits - head - n != weights * bits)
		return err_set(e, ST_DATA, "zeromask stream: %zu bits, expected %zu", n_bits,
		               head + n + weights * bits);
	if (!check_groups(&groups, p, v, n))
		return err_set(e, ST_DATA, "zeromask stream: group size before bit %zu is wrong",
		               groups.pos);
	if (!get_weights(&r, bits, v, n))
		return err_set(e, ST_DATA, "zeromask stream: a kept weight is zero");
	return ST_OK;
}

const struct codec codec_zeromask = {
	.name = "zeromask",
	.help = "NVDLA: a mask bit per weight, weights that are not zero; a size per GROUP (0: layer)",
	.family = "sparse",
	.source =
	        "NVDLA, In-memory data formats, Sparse Compression option, nvdla.org/hw/format.html",
	.arg = { { "group", 0, MAX_GROUP, 0 } },
	.sizes = sizes,
	.encode = encode,
	.decode = decode,
};
