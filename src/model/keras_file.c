#include "model/keras_file.h"

#include "model/graph.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

struct names {
	size_t n;
	const char **name;
};

struct keras_file {
	struct arena arena;
	size_t n_bytes;
	hid_t file, root, access; /* access: opens nothing outside the file */
	struct names layers;
};

/* The library works on the caller's bytes as they are: every "copy" of the image is the image. It
 * is opened for reading only and thus never written to. */
static void *image_alloc(size_t n, H5FD_file_image_op_t op, void *bytes)
{
	(void)n;
	(void)op;
	return bytes;
}

static void *image_copy(void *to, const void *from, size_t n, H5FD_file_image_op_t op, void *bytes)
{
	(void)n;
	(void)op;
	(void)bytes;
	return to == from ? to : NULL;
}

static void *image_grow(void *image, size_t n, H5FD_file_image_op_t op, void *bytes)
{
	(void)image;
	(void)n;
	(void)op;
	(void)bytes;
	return NULL;
}

static herr_t image_free(void *image, H5FD_file_image_op_t op, void *bytes)
{
	(void)image;
	(void)op;
	(void)bytes;
	return 0;
}

static void *same_bytes(void *bytes)
{
	return bytes;
}

static herr_t keep_bytes(void *bytes)
{
	(void)bytes;
	return 0;
}

static hid_t open_image(struct span file)
{
	void *bytes = (void *)(uintptr_t)file.p;
	H5FD_file_image_callbacks_t in_place = { image_alloc, image_copy, image_grow, image_free,
		                                 same_bytes,  keep_bytes, bytes };
	hid_t access = H5Pcreate(H5P_FILE_ACCESS), f = -1;

	if (access >= 0 && H5Pset_fapl_core(access, 1 << 16, 0) >= 0 &&
	    H5Pset_file_image_callbacks(access, &in_place) >= 0 &&
	    H5Pset_file_image(access, bytes, file.n) >= 0)
		f = H5Fopen("(in memory)", H5F_ACC_RDONLY, access);
	if (access >= 0)
		H5Pclose(access);
	return f;
}

static herr_t refuse_link(const char *from, const char *group, const char *file, const char *object,
                          unsigned *flags, hid_t access, void *arg)
{
	(void)from;
	(void)group;
	(void)file;
	(void)object;
	(void)flags;
	(void)access;
	(void)arg;
	return -1;
}

/* Fixed-length strings, as h5py writes bytes. */
static enum status read_fixed(struct keras_file *f, hid_t attribute, size_t size, struct names *out,
                              struct err *e)
{
	hid_t type = H5Tcopy(H5T_C_S1);
	char *text = arena_alloc(&f->arena, out->n, size + 1);
	bool ok = text && type >= 0 && H5Tset_size(type, size + 1) >= 0 &&
	          H5Aread(attribute, type, text) >= 0;

	if (type >= 0)
		H5Tclose(type);
	if (!text)
		return err_nomem(e);
	for (size_t i = 0; i < out->n && ok; i++) {
		text[i * (size + 1) + size] = '\0';
		out->name[i] = text + i * (size + 1);
	}
	return ok ? ST_OK : err_set(e, ST_DATA, "damaged HDF5 file: names cannot be read");
}

static enum status read_variable(struct keras_file *f, hid_t attribute, hid_t space,
                                 struct names *out, struct err *e)
{
	hid_t type = H5Tcopy(H5T_C_S1);
	char **text = calloc(out->n + 1, sizeof(*text));
	bool ok = text && type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 &&
	          H5Aread(attribute, type, text) >= 0;
	enum status rc = ok     ? ST_OK
	                 : text ? err_set(e, ST_DATA, "damaged HDF5 file: names cannot be read")
	                        : err_nomem(e);

	for (size_t i = 0; i < out->n && !rc; i++) {
		out->name[i] = arena_strndup(&f->arena, text[i] ? text[i] : "",
		                             text[i] ? strnlen(text[i], KERAS_MAX_NAME) : 0);
		if (!out->name[i])
			rc = err_nomem(e);
	}
	if (ok)
		H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
	if (type >= 0)
		H5Tclose(type);
	free(text);
	return rc;
}

/* The list of names in attribute `what` of a group that `where` names in messages. */
static enum status read_names(struct keras_file *f, hid_t group, const char *what,
                              const char *where, struct names *out, struct err *e)
{
	hid_t attribute = H5Aopen(group, what, H5P_DEFAULT);
	hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
	hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
	hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
	size_t size = type < 0 ? 0 : H5Tget_size(type);
	enum status rc = ST_OK;

	if (n < 0 || n > KERAS_MAX_NAMES || type < 0 ||
	    (n && (H5Tget_class(type) != H5T_STRING || size < 1 || size > KERAS_MAX_NAME))) {
		rc = err_set(e, ST_DATA,
		             "%s has no attribute %s with at most %d names of at most %d bytes: "
		             "expected weights that Keras saved (save_weights) in HDF5",
		             where, what, KERAS_MAX_NAMES, KERAS_MAX_NAME);
	} else {
		out->n = (size_t)n;
		out->name = ARENA_NEW(&f->arena, const char *, out->n);
		rc = !out->name                     ? err_nomem(e)
		     : n == 0                       ? ST_OK
		     : H5Tis_variable_str(type) > 0 ? read_variable(f, attribute, space, out, e)
		                                    : read_fixed(f, attribute, size, out, e);
	}
	if (type >= 0)
		H5Tclose(type);
	if (space >= 0)
		H5Sclose(space);
	if (attribute >= 0)
		H5Aclose(attribute);
	return rc;
}

static enum status open_root(struct keras_file *f, struct span bytes, struct err *e)
{
	f->file = open_image(bytes);
	f->access = H5Pcreate(H5P_LINK_ACCESS);
	if (f->file < 0 || f->access < 0 || H5Pset_elink_cb(f->access, refuse_link, NULL) < 0)
		return err_set(e, ST_DATA,
		               "damaged or truncated HDF5 file (%zu bytes): fetch it again",
		               bytes.n);
	/* A whole saved model keeps its weights one group down. */
	if (H5Aexists(f->file, "layer_names") <= 0 &&
	    H5Lexists(f->file, "model_weights", H5P_DEFAULT) > 0)
		f->root = H5Oopen(f->file, "model_weights", f->access);
	else
		f->root = H5Oopen(f->file, "/", f->access);
	if (f->root < 0)
		return err_set(e, ST_DATA, "damaged HDF5 file: its root cannot be opened");
	return read_names(f, f->root, "layer_names", "the HDF5 file", &f->layers, e);
}

/* Between these two the library prints no messages of its own to stderr. */
static void quiet_begin(H5E_auto2_t *old, void **data)
{
	H5Eget_auto2(H5E_DEFAULT, old, data);
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static void quiet_end(H5E_auto2_t old, void *data)
{
	H5Eset_auto2(H5E_DEFAULT, old, data);
}

enum status keras_open(struct keras_file **out, struct span bytes, struct err *e)
{
	struct keras_file *f = calloc(1, sizeof(*f));
	H5E_auto2_t old;
	void *data;
	enum status rc;

	*out = NULL;
	if (!f)
		return err_nomem(e);
	f->n_bytes = bytes.n;
	f->file = f->root = f->access = -1;
	quiet_begin(&old, &data);
	rc = open_root(f, bytes, e);
	quiet_end(old, data);
	if (rc)
		keras_close(f);
	else
		*out = f;
	return rc;
}

void keras_close(struct keras_file *f)
{
	H5E_auto2_t old;
	void *data;

	if (!f)
		return;
	quiet_begin(&old, &data);
	if (f->access >= 0)
		H5Pclose(f->access);
	if (f->root >= 0)
		H5Oclose(f->root);
	if (f->file >= 0)
		H5Fclose(f->file);
	quiet_end(old, data);
	arena_release(&f->arena);
	free(f);
}

size_t keras_n_layers(const struct keras_file *f)
{
	return f->layers.n;
}

bool keras_has(const struct keras_file *f, const char *layer)
{
	for (size_t i = 0; i < f->layers.n; i++)
		if (!strcmp(f->layers.name[i], layer))
			return true;
	return false;
}

static enum status open_layer(struct keras_file *f, const char *layer, hid_t *group,
                              struct names *weights, struct err *e)
{
	char where[KERAS_MAX_NAME + 16];

	*group = -1;
	if (!keras_has(f, layer))
		return err_set(e, ST_DATA, "the file has no layer '%.80s' among its %zu", layer,
		               f->layers.n);
	*group = H5Oopen(f->root, layer, f->access);
	if (*group < 0)
		return err_set(e, ST_DATA,
		               "layer '%.80s' is named but has no group of its own: damaged HDF5 "
		               "file, fetch it again",
		               layer);
	snprintf(where, sizeof(where), "layer '%.80s'", layer);
	return read_names(f, *group, "weight_names", where, weights, e);
}

enum status keras_count(struct keras_file *f, const char *layer, size_t *n, struct err *e)
{
	struct names weights = { 0 };
	H5E_auto2_t old;
	void *data;
	hid_t group;
	enum status rc;

	quiet_begin(&old, &data);
	rc = open_layer(f, layer, &group, &weights, e);
	if (group >= 0)
		H5Oclose(group);
	quiet_end(old, data);
	*n = weights.n;
	return rc;
}

/* Shape of the tensor, of this rank and of a size that the file can hold. */
static enum status tensor_shape(const struct keras_file *f, hid_t space, const char *name,
                                unsigned rank, struct shape *s, struct err *e)
{
	/* Tensors are stored plain; a compressed one is read when it stays within the promise
	 * of importer.h. */
	const size_t most = f->n_bytes + (1 << 22);
	hsize_t dim[H5S_MAX_RANK] = { 0 };
	int found = H5Sget_simple_extent_ndims(space);
	size_t left = most;

	if (found != (int)rank || H5Sget_simple_extent_dims(space, dim, NULL) < 0)
		return err_set(e, ST_DATA, "tensor '%.80s' has rank %d; expected rank %u", name,
		               found, rank);
	*s = (struct shape){ .rank = rank };
	for (unsigned i = 0; i < rank; i++) {
		if (dim[i] < 1 || dim[i] > left)
			return err_set(e, ST_DATA,
			               "tensor '%.80s' is empty or larger than the file: damaged "
			               "HDF5 file",
			               name);
		s->dim[i] = (size_t)dim[i];
		left /= s->dim[i];
	}
	return ST_OK;
}

/* Nothing but 32-bit floats inside this file: no external file, no virtual data set. */
static enum status check_storage(hid_t set, const char *name, struct err *e)
{
	hid_t type = H5Dget_type(set), made = H5Dget_create_plist(set);
	bool is_float = type >= 0 && H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 4;
	bool inside =
	        made >= 0 && H5Pget_layout(made) != H5D_VIRTUAL && H5Pget_external_count(made) == 0;
	int bits = type >= 0 ? (int)(8 * H5Tget_size(type)) : 0;

	if (type >= 0)
		H5Tclose(type);
	if (made >= 0)
		H5Pclose(made);
	if (!is_float)
		return err_set(e, ST_DATA,
		               "tensor '%.80s' has elements of %d bits that are no 32-bit floats: "
		               "save the weights as float32",
		               name, bits);
	return inside ? ST_OK
	              : err_set(e, ST_DATA, "tensor '%.80s' is stored outside the file", name);
}

static enum status read_set(const struct keras_file *f, hid_t set, const char *name, unsigned rank,
                            struct shape *shape, float **out, struct err *e)
{
	hid_t space = H5Dget_space(set);
	enum status rc = check_storage(set, name, e);

	if (!rc)
		rc = tensor_shape(f, space, name, rank, shape, e);
	if (space >= 0)
		H5Sclose(space);
	if (rc)
		return rc;
	*out = malloc(shape_count(shape) * sizeof(**out));
	if (!*out)
		return err_nomem(e);
	if (H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, *out) >= 0)
		return ST_OK;
	free(*out);
	*out = NULL;
	return err_set(e, ST_DATA,
	               "tensor '%.80s' cannot be read: damaged or truncated HDF5 file, fetch it "
	               "again",
	               name);
}

enum status keras_read(struct keras_file *f, const char *layer, size_t i, unsigned rank,
                       struct shape *shape, const char **name, float **out, struct err *e)
{
	struct names weights = { 0 };
	H5E_auto2_t old;
	void *data;
	hid_t group, set = -1;
	enum status rc;

	*out = NULL;
	quiet_begin(&old, &data);
	rc = open_layer(f, layer, &group, &weights, e);
	if (!rc && i >= weights.n)
		rc = err_set(e, ST_DATA, "layer '%.80s' has %zu tensors; expected at least %zu",
		             layer, weights.n, i + 1);
	if (!rc) {
		*name = weights.name[i];
		set = H5Oopen(group, *name, f->access);
		rc = set >= 0 && H5Iget_type(set) == H5I_DATASET
		             ? read_set(f, set, *name, rank, shape, out, e)
		             : err_set(e, ST_DATA,
		                       "layer '%.80s' has no tensor '%.80s', which it names: "
		                       "damaged HDF5 file, fetch it again",
		                       layer, *name);
	}
	if (set >= 0)
		H5Oclose(set);
	if (group >= 0)
		H5Oclose(group);
	quiet_end(old, data);
	return rc;
}

void keras_library_version(char out[32])
{
	unsigned major, minor, release;

	if (H5get_libversion(&major, &minor, &release) < 0)
		major = minor = release = 0;
	snprintf(out, 32, "%u.%u.%u", major, minor, release);
}
