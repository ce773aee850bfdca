/* The table of ONNX operators. */
#include "model/onnx_ops.h"

#include <string.h>

#define WINDOW "auto_pad dilations kernel_shape pads strides "
#define POOL   WINDOW "ceil_mode "
#define VALUES "value value_float value_floats value_int value_ints "

static const struct onnx_op onnx_ops[] = {
	{"Add",	         onnx_load_add,            2, 2,               ""                         },
	{ "AveragePool",        onnx_load_avgpool,        1, 1,               POOL "count_include_pad "  },
	{ "BatchNormalization", onnx_load_batchnorm,      5, 5,
         "epsilon momentum spatial training_mode "	                                               },
	{ "Clip",               onnx_load_clip,           1, 3,               "min max "                 },
	{ "Concat",             onnx_load_concat,         1, ONNX_MAX_CONCAT, "axis "                    },
	{ "Constant",           onnx_load_constant,       0, 0,               VALUES                     },
	{ "Conv",               onnx_load_conv,           2, 3,               WINDOW "group "            },
	{ "DequantizeLinear",   onnx_load_dequantize,     2, 3,               "axis "                    },
	{ "Div",                onnx_load_div,            2, 2,               ""                         },
	{ "Dropout",            onnx_load_dropout,        1, 3,               "ratio seed "              },
	{ "Flatten",            onnx_load_flatten,        1, 1,               "axis "                    },
	{ "Gather",             onnx_load_gather,         2, 2,               "axis "                    },
	{ "Gemm",               onnx_load_gemm,           2, 3,               "alpha beta transA transB "},
	{ "GlobalAveragePool",  onnx_load_global_avgpool, 1, 1,               ""                         },
	{ "Identity",           onnx_load_identity,       1, 1,               ""                         },
	{ "LRN",                onnx_load_lrn,            1, 1,               "alpha beta bias size "    },
	{ "LogSoftmax",         onnx_load_softmax,        1, 1,               "axis "                    },
	{ "MatMul",             onnx_load_matmul,         2, 2,               ""                         },
	{ "MaxPool",            onnx_load_maxpool,        1, 1,               POOL "storage_order "      },
	{ "Mul",                onnx_load_mul,            2, 2,               ""                         },
	{ "Pad",                onnx_load_pad,            1, 3,               "mode pads value "         },
	{ "QuantizeLinear",     onnx_load_quantize,       2, 3,               "axis "                    },
	{ "ReduceMean",         onnx_load_reduce_mean,    1, 1,               "axes keepdims "           },
	{ "Relu",               onnx_load_relu,           1, 1,               ""                         },
	{ "Reshape",            onnx_load_reshape,        2, 2,               "allowzero "               },
	{ "Shape",              onnx_load_shape,          1, 1,               ""                         },
	{ "Softmax",            onnx_load_softmax,        1, 1,               "axis "                    },
	{ "Squeeze",            onnx_load_squeeze,        1, 2,               "axes "                    },
	{ "Sub",                onnx_load_sub,            2, 2,               ""                         },
	{ "Sum",                onnx_load_add,            2, 2,               ""                         },
	{ "Transpose",          onnx_load_transpose,      1, 1,               "perm "                    },
	{ "Unsqueeze",          onnx_load_unsqueeze,      1, 2,               "axes "                    },
};

const struct onnx_op *onnx_find_op(const Onnx__NodeProto *n)
{
	if (n->domain && *n->domain && strcmp(n->domain, "ai.onnx") != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(onnx_ops) / sizeof(onnx_ops[0]); i++)
		if (!strcmp(onnx_ops[i].name, n->op_type))
			return &onnx_ops[i];
	return NULL;
}
