// Decoder of the canonical Huffman code of src/codec/huffman.c; src/hw/decoder_huffman.c states what
// happens in each cycle. Ports as those of hcb_dict_decoder, one symbol of B bits at a time.
//
// Tables, loaded while not busy. Address {0, i}: the symbol of place i in the order of the codes.
// Address {1, l}, l = 0 .. LONG: {end, offset}, LONG + B bits: the code after the last of l bits (0 if
// there is none and no shorter one), which for l = LONG nobody asks for; and what to add to a code of
// l bits to get its place, modulo 2^B. An alphabet of one symbol has end 1 at l = 0.
//
// LONG: the longest code, B <= LONG <= W. W: a power of two.
module hcb_huffman_decoder #(
	parameter W          = 64,
	parameter LONG       = 12,
	parameter B          = 8,
	parameter MEMORY     = 0, // of the symbols: 0 flip-flops, 2 SRAM; lengths are in flip-flops
	parameter GATED      = 0,
	parameter COUNT_BITS = 28
) (
	input  wire                  clk,
	input  wire                  rst,
	input  wire                  start,
	input  wire [COUNT_BITS-1:0] n_codes,
	input  wire                  dict_we,
	input  wire [(B > $clog2(LONG+1) ? B : $clog2(LONG+1)):0] dict_addr,
	input  wire [LONG+B-1:0]     dict_data,
	input  wire                  in_valid,
	output wire                  in_ready,
	input  wire [W-1:0]          in_data,
	output wire                  out_valid,
	input  wire                  out_ready,
	output wire [B-1:0]          out_data,
	output wire                  out_count,
	output wire                  busy
);
	localparam LB = $clog2(W) + 1;
	localparam AB = B > $clog2(LONG+1) ? B : $clog2(LONG+1);

	wire [LONG-1:0]       window;
	wire                  enough, extract, move;
	wire [COUNT_BITS-1:0] left;

	// below[l] holds from the length of the window's code on. Chains of multiplexers without
	// priority: place and length of the codes of fewer than l bits, or 0.
	wire [LONG:0]            below, is;
	wire [(LONG+2)*B-1:0]    places;
	wire [(LONG+2)*LB-1:0]   lengths;

	genvar l;
	generate
		for (l = 0; l <= LONG; l = l + 1) begin : row
			wire         load = dict_we && dict_addr[AB] && dict_addr[AB-1:0] == l;
			wire [B-1:0] offset, code;

			hcb_bank #(.WIDTH(B), .GATED(GATED)) offset_bank (
				.clk(clk), .enable(load), .d(dict_data[B-1:0]), .q(offset));
			if (l < LONG) begin : ends
				wire [l:0] code_end;

				hcb_bank #(.WIDTH(l + 1), .GATED(GATED)) bank (
					.clk(clk), .enable(load), .d(dict_data[B +: l+1]), .q(code_end));
				if (l == 0)
					assign below[l] = code_end[0];
				else
					assign below[l] = {1'b0, window[LONG-1 -: l]} < code_end;
			end else begin : last
				assign below[l] = 1'b1;
			end
			if (l == 0)
				assign is[l] = below[l];
			else
				assign is[l] = below[l] && !below[l-1];
			if (l == 0)
				assign code = {B{1'b0}};
			else if (l < B)
				assign code = {{B-l{1'b0}}, window[LONG-1 -: l]};
			else
				assign code = window[LONG-l +: B];
			wire [B-1:0] place = code + offset;
			assign places[(l+1)*B +: B] = places[l*B +: B] | (is[l] ? place : {B{1'b0}});
			assign lengths[(l+1)*LB +: LB] = lengths[l*LB +: LB] | (is[l] ? l : 0);
		end
	endgenerate
	assign places[B-1:0] = {B{1'b0}};
	assign lengths[LB-1:0] = {LB{1'b0}};
	wire [B-1:0]  s0_place = places[(LONG+1)*B +: B];
	wire [LB-1:0] length   = lengths[(LONG+1)*LB +: LB];

	hcb_stream #(.W(W), .ML(LONG), .GATED(GATED)) side (
		.clk(clk), .clear(rst || start), .in_valid(in_valid), .in_ready(in_ready),
		.in_data(in_data), .window(window), .length(length), .enough(enough),
		.take(extract));
	hcb_pipe #(.COUNT_BITS(COUNT_BITS)) pipe (
		.clk(clk), .rst(rst), .start(start), .n_codes(n_codes), .enough(enough),
		.out_ready(out_ready), .left(left), .extract(extract), .move(move),
		.s2_valid(out_valid), .busy(busy));

	wire [B-1:0] s1_place;
	hcb_bank #(.WIDTH(B), .GATED(GATED)) s1_bank (
		.clk(clk), .enable(extract), .d(s0_place), .q(s1_place));
	hcb_dictionary #(.D(1 << B), .ABITS(B), .WIDTH(B), .MEMORY(MEMORY), .GATED(GATED)) symbols (
		.clk(clk), .we(dict_we && !dict_addr[AB]), .write_addr(dict_addr[B-1:0]),
		.write_data(dict_data[B-1:0]), .move(move), .hit(1'b1), .addr(s1_place),
		.raw({B{1'b0}}), .q(out_data));
	assign out_count = 1'b1;
endmodule
