// Input side of the decoders of one symbol per cycle: two slots of W bits and a bit pointer as in
// hcb_ring, but a beat may have any length from 0 to W, which the window itself may tell in the same
// cycle. The rules of each cycle are those of src/hw/serial.h.
//
// `window` shows the next ML bits. `enough`: all bits of a beat of `length` bits are there. `take`: it
// leaves in this cycle. W is a power of two, ML at most W.
module hcb_stream #(
	parameter W     = 64,
	parameter ML    = 12,
	parameter GATED = 0
) (
	input  wire                 clk,
	input  wire                 clear,
	input  wire                 in_valid,
	output wire                 in_ready,
	input  wire [W-1:0]         in_data,
	output wire [ML-1:0]        window,
	input  wire [$clog2(W):0]   length,
	output wire                 enough,
	input  wire                 take
);
	localparam LOGW = $clog2(W);

	reg  [1:0]      valid;
	reg             fill;   // the slot that the next word goes to
	reg             own;    // the slot that the pointer is in
	reg  [LOGW-1:0] offset; // of the pointer in its slot

	assign in_ready = !(&valid) && !clear;
	wire accept = in_valid && in_ready;

	wire [W-1:0] slot0, slot1;
	hcb_bank #(.WIDTH(W), .GATED(GATED)) bank0 (
		.clk(clk), .enable(accept && !fill), .d(in_data), .q(slot0));
	hcb_bank #(.WIDTH(W), .GATED(GATED)) bank1 (
		.clk(clk), .enable(accept && fill), .d(in_data), .q(slot1));

	wire [W-1:0]    first   = own ? slot1 : slot0;
	wire [W-1:0]    second  = own ? slot0 : slot1;
	wire [W+ML-1:0] shifted = {first, second[W-1 -: ML]} << offset;
	assign window = shifted[W+ML-1 -: ML];

	wire [LOGW:0] next = offset + length;
	wire          first_valid  = own ? valid[1] : valid[0];
	wire          second_valid = own ? valid[0] : valid[1];
	wire          within = !next[LOGW] || next[LOGW-1:0] == 0; // its last bit is in this slot
	assign enough = length == 0 || (first_valid && (second_valid || within));

	always @(posedge clk)
		if (clear) begin
			valid  <= 2'b00;
			fill   <= 1'b0;
			own    <= 1'b0;
			offset <= {LOGW{1'b0}};
		end else begin
			if (accept) begin
				valid[fill] <= 1'b1;
				fill        <= !fill;
			end
			if (take) begin
				offset <= next[LOGW-1:0];
				if (next[LOGW]) begin
					valid[own] <= 1'b0;
					own        <= !own;
				end
			end
		end
endmodule

// The handshakes of stages 1 and 2 of such a decoder, and how many symbols are left to extract.
module hcb_pipe #(
	parameter COUNT_BITS = 28
) (
	input  wire                  clk,
	input  wire                  rst,
	input  wire                  start,
	input  wire [COUNT_BITS-1:0] n_codes,
	input  wire                  enough,
	input  wire                  out_ready,
	output reg  [COUNT_BITS-1:0] left,
	output wire                  extract, // into stage 1
	output wire                  move,    // to stage 2
	output reg                   s2_valid,
	output wire                  busy
);
	reg s1_valid;

	assign move = s1_valid && (!s2_valid || out_ready);
	assign extract = left != 0 && (!s1_valid || move) && enough;
	assign busy = left != 0 || s1_valid || s2_valid;
	always @(posedge clk)
		if (rst || start) begin
			left     <= rst ? {COUNT_BITS{1'b0}} : n_codes;
			s1_valid <= 1'b0;
			s2_valid <= 1'b0;
		end else begin
			if (extract)
				left <= left - 1'b1;
			if (extract || move)
				s1_valid <= extract;
			if (move || out_ready)
				s2_valid <= move;
		end
endmodule
