/* What a model file does not say: NAME.yaml beside NAME.onnx (or NAME.onnx.gz) tells how the
 * network wants photographs.
 *
 *   input: 224                 # height and width
 *   resize_short_side: 256     # before the centre crop; 0 or absent: straight to input x input
 *   channel_order: RGB         # or BGR; absent: RGB
 *   mean: [123.675, 116.28, 103.53]   # in that order: x = (pixel - mean) / std, pixel 0..255
 *   std: [58.395, 57.12, 57.375]
 */
#ifndef HCB_RUN_SIDECAR_H
#define HCB_RUN_SIDECAR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "infer/preprocess.h"

/* Strict: an unknown, missing or repeated key and a value that cannot be meant are ST_USAGE, as
 * "path:line: ..". */
enum status sidecar_parse(struct preprocess *out, struct span file, const char *path,
                          struct err *e);

/* The file beside a model: ".gz" and one more extension are replaced. NULL when out of memory. */
const char *sidecar_path(struct arena *a, const char *model);

/* How `model`, a path, wants the images of data set `data`: *out is `room`, filled from the file
 * beside the model, for photographs (ST_USAGE when there is no such file), and NULL for other data
 * sets, whose images go in as pixel / 255. */
enum status sidecar_for(const char *model, const char *data, struct preprocess *room,
                        const struct preprocess **out, struct err *e);

#endif
