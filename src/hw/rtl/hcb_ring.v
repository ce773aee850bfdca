// Input side of the ring decoder: two slots of W bits and a bit pointer; the rules of each cycle are
// those of src/hw/decoder_ring.c. The first bit of a stream is the most significant of its word.
//
// A beat has one of four lengths L0..L3, told apart by the bits of `take` (at most one set: the beat
// leaves in this cycle). `window` shows the next ML bits, of which a beat of length k may be used if
// enough[k] is set. W is a power of two.
module hcb_ring #(
	parameter W     = 64,
	parameter ML    = 9,
	parameter L0    = 1,
	parameter L1    = 1,
	parameter L2    = 1,
	parameter L3    = 1,
	parameter GATED = 0
) (
	input  wire          clk,
	input  wire          clear,
	input  wire          in_valid,
	output wire          in_ready,
	input  wire [W-1:0]  in_data,
	output wire [ML-1:0] window,
	output wire [3:0]    enough,
	input  wire [3:0]    take
);
	localparam LOGW = $clog2(W);

	reg  [1:0]      valid;
	reg             fill;   // the slot that the next word goes to
	reg             own;    // the slot that the pointer is in
	reg  [LOGW-1:0] offset; // of the pointer in its slot

	// A new stream may not start by taking a word of the old one.
	assign in_ready = !(&valid) && !clear;
	wire accept = in_valid && in_ready;

	wire [W-1:0] slot0, slot1;
	hcb_bank #(.WIDTH(W), .GATED(GATED)) bank0 (
		.clk(clk), .enable(accept && !fill), .d(in_data), .q(slot0));
	hcb_bank #(.WIDTH(W), .GATED(GATED)) bank1 (
		.clk(clk), .enable(accept && fill), .d(in_data), .q(slot1));

	wire [W-1:0]    first  = own ? slot1 : slot0;
	wire [W-1:0]    second = own ? slot0 : slot1;
	wire [W+ML-2:0] shifted = {first, second[W-1 -: ML-1]} << offset;
	assign window = shifted[W+ML-2 -: ML];

	// Where each kind of beat ends. Bit LOGW: beyond this slot or at its end.
	wire [LOGW:0] end0 = offset + L0;
	wire [LOGW:0] end1 = offset + L1;
	wire [LOGW:0] end2 = offset + L2;
	wire [LOGW:0] end3 = offset + L3;
	wire          first_valid  = own ? valid[1] : valid[0];
	wire          second_valid = own ? valid[0] : valid[1];
	assign enough = {4{first_valid}} & ({4{second_valid}} |
		{end3 <= W, end2 <= W, end1 <= W, end0 <= W});

	wire [LOGW:0] next = (take[0] ? end0 : {LOGW+1{1'b0}}) | (take[1] ? end1 : {LOGW+1{1'b0}}) |
	                     (take[2] ? end2 : {LOGW+1{1'b0}}) | (take[3] ? end3 : {LOGW+1{1'b0}});
	wire taken  = |take;
	wire passed = next[LOGW];

	always @(posedge clk)
		if (clear) begin
			valid  <= 2'b00;
			fill   <= 1'b0;
			own    <= 1'b0;
			offset <= {LOGW{1'b0}};
		end else begin
			// Filled and emptied in the same cycle are different slots: only a slot that is
			// not valid is filled, only a valid one is emptied.
			if (accept) begin
				valid[fill] <= 1'b1;
				fill        <= !fill;
			end
			if (taken)
				offset <= next[LOGW-1:0];
			if (passed) begin
				valid[own] <= 1'b0;
				own        <= !own;
			end
		end
endmodule
