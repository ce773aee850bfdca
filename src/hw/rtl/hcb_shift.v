// Input side of the shift-insert decoder: one buffer of W + 2 ML bits whose oldest bit is always on
// top; the rules of each cycle are those of src/hw/decoder_shift.c. Ports as those of hcb_ring.
module hcb_shift #(
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
	localparam ROOM  = 2 * ML; // of bits held with which a whole word still fits
	localparam SIZE  = W + ROOM;
	localparam CBITS = $clog2(SIZE + 1);
	localparam ABITS = $clog2(ROOM + 1);

	wire [SIZE-1:0]  held;  // below the topmost `count` bits: zeros
	reg  [CBITS-1:0] count;

	assign in_ready = count <= ROOM && !clear;
	wire accept = in_valid && in_ready;

	assign window = held[SIZE-1 -: ML];
	assign enough = {count >= L3, count >= L2, count >= L1, count >= L0};

	wire [SIZE-1:0] rest = take[0] ? held << L0 : take[1] ? held << L1 :
	                       take[2] ? held << L2 : take[3] ? held << L3 : held;
	wire [CBITS-1:0] left = count - (take[0] ? L0 : take[1] ? L1 : take[2] ? L2 :
	                                 take[3] ? L3 : 0);
	// Behind what is left: at most ROOM, since a word is accepted only then.
	wire [SIZE-1:0] word = {in_data, {ROOM{1'b0}}} >> left[ABITS-1:0];
	wire [SIZE-1:0] next = rest | (accept ? word : {SIZE{1'b0}});

	hcb_bank #(.WIDTH(SIZE), .GATED(GATED)) bank (
		.clk(clk), .enable(clear || accept || (|take)), .d(clear ? {SIZE{1'b0}} : next),
		.q(held));

	always @(posedge clk)
		if (clear)
			count <= {CBITS{1'b0}};
		else
			count <= left + (accept ? W : 0);
endmodule
