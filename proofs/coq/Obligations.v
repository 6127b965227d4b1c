(** The inequalities of docs/obligations.md, for real numbers: `python bench/obligations.py` writes them. *)

From Coq Require Import Reals Lra Psatz.
From Proofformer Require Import Net Inequalities.
Open Scope R_scope.

(** restore(y) is exactly 0 for y <= 1/2. *)
Lemma restore_of_a_zero (y : R) : y <= 1 / 2 -> - (relu (4 * y - 3)) + relu (4 * y - 2) = 0.
Proof. obligation. Qed.

(** restore(y) is exactly 1 for y >= 3/4; the upper end, 5/4, is for the AND and for roundoff. *)
Lemma restore_of_a_one (y : R) : 3 / 4 <= y -> - (relu (4 * y - 3)) + relu (4 * y - 2) = 1.
Proof. obligation. Qed.

(** restore(y, v) is exactly 0 for y <= 1/2, whatever the bit v. *)
Lemma restore_and_of_a_zero (v y : R) : (v = 0 \/ v = 1) -> y <= 1 / 2 -> - (relu (4 * y - 3)) + relu (4 * y - 2) +
  relu (- (4 * v) + 4 * y - 3) - (relu (- (4 * v) + 4 * y - 2)) = 0.
Proof. obligation. Qed.

(** restore(y, v) is exactly the bit v for 3/4 <= y <= 5/4. *)
Lemma restore_and_of_a_one (v y : R) : (v = 0 \/ v = 1) -> 3 / 4 <= y <= 5 / 4 -> - (relu (4 * y - 3)) + relu (4 * y
  - 2) + relu (- (4 * v) + 4 * y - 3) - (relu (- (4 * v) + 4 * y - 2)) = v.
Proof. obligation. Qed.

(** For a y that is a 1, t = 4 y and all sums are multiples of the spacing r of floats in [3, 5]. Multiples of r are
    floats up to 4, and of 2 r, as 2 t - 5 is where it is beyond 4, up to 8. For v = 1 the units of the second bit
    are at -1 or less, so below 0 in whatever way they are rounded. *)
Lemma restore_in_floating_point (y : R) : 3 / 4 <= y <= 5 / 4 -> 4 * y >= 3 /\ 5 >= 4 * y /\ 3 >= 4 * y - 2 /\ 4 * y
  - 3 >= 0 /\ 5 >= 8 * y - 5 /\ - 1 >= 4 * y - 6.
Proof. obligation. Qed.

(** Each component adds a b. *)
Lemma count_and_of_bits (a b : R) : (a = 0 \/ a = 1) -> (b = 0 \/ b = 1) -> relu (a + b - 1) = a * b.
Proof. obligation. Qed.

(** Each component adds (a - b)^2, which is 1 where the bits differ. *)
Lemma count_xor_of_bits (a b : R) : (a = 0 \/ a = 1) -> (b = 0 \/ b = 1) -> relu (- a + b) + relu (a - b) = (a - b)
  ^ 2.
Proof. obligation. Qed.

(** maximum(a, b) is the larger one of a and b, for any a, and b from its stated lowest value on (here -3). *)
Lemma maximum_of_two (b larger smaller : R) : - 3 <= b -> b <= larger -> smaller <= b -> relu (- b + larger) + relu
  (b + 3) - 3 = larger /\ relu (- b + smaller) + relu (b + 3) - 3 = b.
Proof. obligation. Qed.

(** The network of a table of five unknown values returns each at its place, and beyond the ends the nearer one. *)
Lemma lookup_of_five_values (T0 T1 T2 T3 T4 : R) : T0 = T0 /\ T0 = T0 /\ T1 = T1 /\ T2 = T2 /\ T3 = T3 /\ T4 = T4 /\
  T4 = T4.
Proof. obligation. Qed.

(** Let a lookup go on from x = i - 1, where it is T0, with slope T1 - T0. One more unit, whose weight is the change
    of slope at i, leaves all before i as it is, and from i on the lookup goes on from T1 with slope T2 - T1. *)
Lemma lookup_of_one_value_more (T0 T1 T2 i x earlier : R) : i <= x -> earlier <= i -> T0 + (- T0 + T1) * (- i + x +
  1) + (T0 - (2 * T1) + T2) * relu (- i + x) = T1 + (- T1 + T2) * (- i + x) /\ (T0 - (2 * T1) + T2) * relu (earlier
  - i) = 0.
Proof. cases; split; unfold relu; [rewrite Rmax_right by lra | rewrite Rmax_left by lra]; ring. Qed.

(** relu(w - W (1 - bit)) = w bit for 0 <= w <= W. *)
Lemma relu_of_a_number_and_a_bit (W w bit : R) : 0 <= W -> 0 <= w <= W -> (bit = 0 \/ bit = 1) -> relu (- (W * (1 -
  bit)) + w) = bit * w.
Proof. obligation. Qed.

(** y - relu(y) is 0 for a fetched y >= 0. *)
Lemma clearing_a_noisy_signal (y : R) : 0 <= y -> y - (relu (y)) = 0.
Proof. obligation. Qed.

(** With w g >= B + 1 a key that is better in a level, by t >= g, has the larger score, by 1 at least, whatever the
    levels below add: their total range is B. *)
Lemma a_better_level_wins (w g t B r : R) : 1 <= w -> 1 <= g -> g <= t -> B <= g * w - 1 -> - B <= r -> B >= 0 -> B
  >= r -> r + t * w >= 1.
Proof. obligation. Qed.

(** With V >= B + G the entry 2 flag + is_start - 1 puts visible documents above START by G at least, START above
    the rest by as much, and documents above the rest by 2 G + B, whatever the entries below add: their total range
    is B. *)
Lemma visible_then_start_then_the_rest (V G B r : R) : 1 <= V -> 1 <= G -> B <= - G + V -> - B <= r -> B >= 0 -> B
  >= r -> V + r >= G /\ 2 * V + r >= B + 2 * G /\ V + r >= G.
Proof. obligation. Qed.

(** A number x >= 2^(m - 1) p becomes the next multiple of p when rounded up to m = 4 significant bits: by at most
    x/8. *)
Lemma rounding_up_costs_an_eighth (p x more : R) : 1 <= p -> 8 * p <= x -> 0 <= more <= p - 1 -> x >= 8 * more.
Proof. obligation. Qed.

(** x < M p with M = 2^m, rounded up to a multiple of p, is at most M p, which has one significant bit: a multiple q
    p with q > M is beyond the next one. *)
Lemma rounding_up_keeps_the_bits (p M x q : R) : 1 <= p -> 1 <= M -> x <= M * p - 1 -> M + 1 <= q -> p * q > p + x.
Proof. obligation. Qed.

(** A coefficient c larger than the total range S of all smaller ones: keys that differ there, by d >= 1, differ in
    the sum. *)
Lemma a_number_determines_its_digits (S c d r : R) : 0 <= S -> S + 1 <= c -> 1 <= d -> - S <= r -> S >= r -> c * d +
  r >= 1.
Proof. obligation. Qed.

(** The bit of weight P = 2^i outweighs all lower ones, which add up to P - 1 at most; with it they add up to 2 P -
    1 at most. *)
Lemma bits_of_an_index (P lower : R) : 1 <= P -> lower <= P - 1 -> lower >= 0 -> P >= lower + 1 /\ 2 * P - 1 >= P +
  lower.
Proof. obligation. Qed.

(** Of numbers high R + low with digits low < R the one with the larger high is larger. By induction the first digit
    that differs decides, and n = R^T. *)
Lemma digits_of_an_index (R high higher low other : R) : 1 <= R -> 0 <= high -> high + 1 <= higher -> low <= R - 1
  -> 0 <= other -> low >= 0 -> R * higher + other >= R * high + low + 1.
Proof. obligation. Qed.

(** (2p - 1) q is largest for the bit q = p, and smaller by 1 for the other: a prefix of bits p loses 1 for each
    mismatch. *)
Lemma a_prefix_counts_mismatches (p q : R) : (p = 0 \/ p = 1) -> (q = 0 \/ q = 1) -> p * (2 * p - 1) - (q * (2 * p -
  1)) = (p - q) ^ 2.
Proof. obligation. Qed.

(** Let some key have the largest f = F and the largest m = M, of a score and a prefix in either order. Then a key
    that loses in one of them loses 1 at least in the sum. *)
Lemma a_prefix_shares_a_level (F M f m : R) : f <= F - 1 -> m <= M -> F + M >= f + m + 1.
Proof. obligation. Qed.

(** A level over a digit below R weighs w >= (R - 1) + 1: a key that loses there, by 1 at least, is worse by 1 at
    least, as its digit gains at most R - 1. *)
Lemma a_mismatch_costs_more_than_a_digit_gains (R w loss gain : R) : 2 <= R -> R <= w -> 1 <= loss -> gain <= R - 1
  -> gain >= 0 -> loss * w >= gain + 1.
Proof. obligation. Qed.

(** A query number of 16 + s bits is divided by P = 2^s. If the key times P had more than 16 bits, the product of
    the two would be 2^30 or more. *)
Lemma both_sides_of_a_row_are_finite (P keyP query : R) : 1 <= P -> 65536 <= keyP -> 32768 * P <= query -> (keyP *
  query) / P >= (2 ^ 30).
Proof. intros ? ? ?; cases. repeat split. - over (- ((2 ^ 30) * P) + keyP * query) (P). Qed.

(** 500/1359 is an upper bound of 1/e. *)
Lemma inverse_of_e (e : R) : 98641 / 36288 <= e <= 8877691 / 3265920 -> (500 * e) / 1359 >= 1.
Proof. obligation. Qed.

(** At most s keys at each whole distance g >= 1 below the best, of weight x^g each, weigh at most s x / (1 - x) in
    all. The sum up to distance N is x (m + the same sum up to N - 1, of the keys from distance 2 on): if that is
    within the bound, so is this, and the empty sum is. *)
Lemma leak_of_visible_keys (x s m rest : R) : 0 <= x <= 500 / 1359 -> 1 <= s -> 0 <= m <= s -> rest <= (s * x) / (1
  - x) -> rest >= 0 -> (s * x) / (1 - x) >= x * (m + rest).
Proof. cases. over (x * ((s - m) * (1 - x) + (s * x - rest * (1 - x)))) (1 - x). Qed.

(** A weight p multiplied by x <= 1 is no larger: so K x^g falls with g, and g may be capped in a bound. *)
Lemma a_wider_gap_leaks_less (x p : R) : 0 <= x <= 1 -> 0 <= p -> p >= p * x.
Proof. obligation. Qed.

(** What leaks, relative to the weight of |A| >= 1 best keys, is at most what leaks relative to one. *)
Lemma more_best_keys_leak_less (leak best : R) : 0 <= leak -> 1 <= best -> leak >= leak / best.
Proof. cases. over (leak * (best - 1)) best. Qed.

(** If all visible scores of a row are distinct whole numbers, b = 4 keeps the leak within its budget for all n and
    l: 1 / (e^b - 1) for visible keys and 1/64 for the others. *)
Lemma one_round_leaks_little (x unseen : R) : 113768535933102021672960000 / 6211551624150183583467573361 <= x <=
  62500000000 / 3410969428161 -> 0 <= unseen <= 1 / 64 -> 1 / 16 >= unseen + x / (1 - x).
Proof. intros ? ?; cases. repeat split. - over (16 * unseen * x - (16 * unseen) - (17 * x) + 1) (- (16 * (x - 1))).
  Qed.

(** b = 32 keeps the leak within its budget for every max_n up to 2^30, with or without visibility: K e^-b. *)
Lemma temperature_is_at_most_32 (x K : R) :
  28065795351042042939463688822030676689334231024157502155074602481483622763242653661260819647018600268838913096985834072194459847678376890362672483839454871842834182558317123993600000000000000000000000000000000
  /
  2216158367064808109578082144787665248343404419188529204662685788852569555443014113984316520519915806143740391471780795846298875731801796859727670198416003246379418216253381235824970148615156811155501373024404474835619831681
  <= x <= 232830643653869628906250000000000000000000000000000000000000000000000000000000000000000 /
  18324098407502802195187393025610618887864178820928066597149453180885986490332708748322512208543598081 -> 2 <= K <=
  1073741825 -> 1 / 16 >= K * x.
Proof. obligation. Qed.

(** At b = 4 a gap of 7 keeps the leak of START and all invisible keys within its budget, for max_n up to 2^30. *)
Lemma the_gap_of_unseen_keys (x K : R) :
  246692067546208413261313541084091454643134880306477764250572904157245404067232857938307396734018338013355421510330466329117843334398878451151333983686492160000000000000000000000000000
  /
  356780157545258386957875158146151650404924892491974808236226850760031414975280780556619214101102708909858488791376587062791095744716876797324945752104097782911649246848369710541325821133572655121
  <= x <= 3725290298461914062500000000000000000000000000000000000000000000000000000000 /
  5372108661021365419509398544239783119581092222757826121825165527479519479413084353254721 -> 2 <= K <= 1073741825
  -> 1 / 64 >= K * x.
Proof. obligation. Qed.

(** e^z <= 1 / (1 - z) for 0 <= z < 1. Its series is 1 + z/1 (1 + z/2 (1 + ..)): if the part after z/(j + 1) is at
    most 1 / (1 - z), which is v <= 1 for v = (1 - z) times it, so is 1 + z/(j + 1) times it; and so for every sum
    of finitely many terms. *)
Lemma e_to_the_z (z j v : R) : 0 <= z <= 1 -> 0 <= j -> 0 <= v <= 1 -> 1 >= (v * z) / (j + 1) - z + 1.
Proof. cases. over (z * (j + (1 - v))) (j + 1). Qed.

(** (1 - y/16)^-16 >= e^y for 0 <= y < 16: with v = e^(y/16) (1 - y/16), which is at most 1, v^16 is at most 1. *)
Lemma e_to_the_y (v : R) : 0 <= v <= 1 -> 1 >= v ^ 16.
Proof. intros. assert (H1 : v ^ 16 <= 1 ^ 16) by (apply pow_incr; lra). rewrite pow1 in H1. lra. Qed.

(** j additions of numbers >= 0 are right within a factor 1 / (1 - j a) above and 1 - j a below, while j a <= 1/2.
    If so for j, with s = j a, then for j + 1; and these are at most 1 + c and at least 1 - c. *)
Lemma sums_of_positive_numbers (a s : R) : 0 <= a <= 1 / 4 -> 0 <= s <= 1 / 2 - a -> (1 / (- a - s + 1)) >= (a + 1)
  / (1 - s) /\ (1 - a) * (1 - s) >= - a - s + 1 /\ s / (1 - s) + 1 >= (1 / (1 - s)) /\ 1 - s >= - (s / (1 - s)) + 1.
Proof. intros ? ?; cases. repeat split. - over (a ^ 2 + a * s) ((s - 1) * (a + s - 1)). - over (a * s) (1). - over
  (0) (1). - over (s ^ 2) (1 - s). Qed.

(** (1 - c) / (1 + c) = 1 - 2 K a. *)
Lemma growth_of_a_quotient (s : R) : 0 <= s <= 8388607 / (2 ^ 24) -> (- (s / (1 - s)) + 1) / (s / (1 - s) + 1) = 1 -
  (2 * s).
Proof. intros ?; cases. repeat split. - over (0) (1). Qed.

(** One rescaling, by a factor within 16 a and a product rounded once, is within e^(17 a): by the first terms of its
    series, and e^y <= 1 / (1 - y). *)
Lemma rescaling_of_a_weight (a e : R) : 0 <= a <= 1 / (2 ^ 24) -> (289 * a ^ 2) / 2 + 17 * a + 1 <= e -> 1 >= e * (1
  - (17 * a)) -> e >= (a + 1) * (16 * a + 1).
Proof. obligation. Qed.

(** Where the largest score grows, by 1 at least, a rescaling makes the errors of subnormal weights smaller. *)
Lemma rescaling_shrinks_what_is_left (a : R) : 0 <= a <= 1 / (2 ^ 24) -> 1 > (a + 1) * ((8000 * a) / 1359 + 500 /
  1359).
Proof. obligation. Qed.

(** Best keys weigh at least 1 - h each, others (1 + h) F times e to their score: so what is outside the best keys
    is at most E = (1 + h) / (1 - h) F leak times the weight W on them. *)
Lemma weight_outside (h F leak best outside W : R) : 0 <= h <= 1 / 2 -> 1 <= F -> 0 <= leak -> 0 <= best -> outside
  <= F * best * leak * (h + 1) -> best * (1 - h) <= W -> outside >= 0 -> (F * W * leak * (h + 1)) / (1 - h) >=
  outside.
Proof. cases. assert (0 <= F * leak * (h + 1)) by not_negative. over (F * leak * (h + 1) * W - outside * (1 - h)) (1
  - h). Qed.

(** A quotient of sums, divided, rounded and stored, is at most (E + T) g, for a 1 with 1 + E in place of E; also in
    a kernel that divides every weight before it adds them up. Here tau = K t / (1 - h), so that T = tau + t. *)
Lemma rounded_results (E tau t u a c : R) : 0 <= E -> 0 <= tau -> 0 <= t -> 0 <= u -> 0 <= a -> 0 <= c <= 1 / 2 ->
  ((a + 1) * (c + 1) * (u + 1) ^ 2 * (E + t + tau)) / (1 - c) >= t + ((a + 1) * (c + 1) * (u + 1) * (E * (u + 1) +
  tau)) / (1 - c) /\ ((a + 1) * (c + 1) * (u + 1) ^ 2 * (E + t + tau)) / (1 - c) >= t + (c + 1) * (u + 1) * ((E * (a
  + 1) * (u + 1)) / (1 - c) + tau).
Proof. intros ? ? ? ? ? ?; cases. repeat split. - over (a * c * t * u ^ 2 + 2 * a * c * t * u + a * c * t + a * c *
  tau * u ^ 2 + a * c * tau * u + a * t * u ^ 2 + 2 * a * t * u + a * t + a * tau * u ^ 2 + a * tau * u + c * t * u
  ^ 2 + 2 * c * t * u + 2 * c * t + c * tau * u ^ 2 + c * tau * u + t * u ^ 2 + 2 * t * u + tau * u ^ 2 + tau * u)
  (1 - c). - over (a * c * t * u ^ 2 + 2 * a * c * t * u + a * c * t + a * c * tau * u ^ 2 + 2 * a * c * tau * u + a
  * c * tau + a * t * u ^ 2 + 2 * a * t * u + a * t + a * tau * u ^ 2 + 2 * a * tau * u + a * tau + c ^ 2 * tau * u
  + c ^ 2 * tau + c * t * u ^ 2 + 2 * c * t * u + 2 * c * t + c * tau * u ^ 2 + 2 * c * tau * u + c * tau + t * u ^
  2 + 2 * t * u + tau * u ^ 2 + tau * u) (1 - c). Qed.

(** The bounds only get wider with u, a and h. *)
Lemma the_coarsest_types_bound_all (u a h : R) : 0 <= u <= 1 / 256 -> 0 <= a <= 1 / (2 ^ 24) -> 0 <= h <= 1 / 1024
  -> 1108118405633 / (2 ^ 40) >= (a + 1) * (u + 1) ^ 2 /\ (1 - a) * (1 - u) ^ 2 >= 1090938405375 / (2 ^ 40) /\ 1025
  / 1023 >= (h + 1) / (1 - h).
Proof. intros ? ? ?; cases. repeat split. - over (- ((2 ^ 40) * a * u ^ 2) - ((2 ^ 41) * a * u) - ((2 ^ 40) * a) -
  ((2 ^ 40) * u ^ 2) - ((2 ^ 41) * u) + 8606777857) ((2 ^ 40)). - over (- ((2 ^ 40) * a * u ^ 2) + (2 ^ 41) * a * u
  - ((2 ^ 40) * a) + (2 ^ 40) * u ^ 2 - ((2 ^ 41) * u) + 8573222401) ((2 ^ 40)). - over (2 - (2048 * h)) (- (1023 *
  (h - 1))). Qed.

(** (1 - z)^-16 for z = 17 K a / 16 is at most what the next three claims take for it, F, while K a <= 1/32. *)
Lemma rescaling_of_all_keys (z : R) : 0 <= z <= 17 / 512 -> (55 * (1 - z) ^ 16) / 32 >= 1.
Proof. obligation. Qed.

(** In every dtype a fetched 0 is at most 1/2, for any leak within the budget, while K a <= 1/32. *)
Lemma a_zero_is_read_as_zero (leak F Ka : R) : 0 <= leak <= 1 / 16 -> 1 <= F <= 55 / 32 -> 0 <= Ka <= 1 / 32 -> 1 >=
  F * (1 - ((17 * Ka) / 16)) ^ 16 -> 1 / 2 >= 1 / 8192 + ((1135821365773825 * F * leak) / 1124800395214848 +
  594917672641303609855 / 37742038374809742606336) / (1 - (2 * Ka)).
Proof. intros ? ? ? _; cases. repeat split. - over (- (38111840782004938342400 * F * leak) -
  (37732824009972142571520 * Ka) + 18271494332344767675905) (- (37742038374809742606336 * (2 * Ka - 1))). Qed.

(** In every dtype a fetched 1 is at least 3/4, for any leak within the budget, while K a <= 1/32. *)
Lemma a_one_is_not_read_too_small (leak F Ka : R) : 0 <= leak <= 1 / 16 -> 1 <= F <= 55 / 32 -> 0 <= Ka <= 1 / 32 ->
  1 >= F * (1 - ((17 * Ka) / 16)) ^ 16 -> (1090938405375 - (2181876810750 * Ka)) / ((1126999418470400 * F * leak) /
  1023 + (2 ^ 40)) - (536871935 / 34326183936) >= 3 / 4.
Proof. intros ? ? ? _; cases. repeat split. - over (- (882722328876646400 * F * leak) - (2283397356877386750 * Ka) +
  260698734594001407) (1124800395214848 * (1025 * F * leak + 1023)). Qed.

(** In every dtype a fetched 1 is at most 5/4, for any leak within the budget, while K a <= 1/32. *)
Lemma a_one_is_not_read_too_large (leak F Ka : R) : 0 <= leak <= 1 / 16 -> 1 <= F <= 55 / 32 -> 0 <= Ka <= 1 / 32 ->
  1 >= F * (1 - ((17 * Ka) / 16)) ^ 16 -> 5 / 4 >= 1 / 8192 + ((1135821365773825 * F * leak) / 1124800395214848 +
  38632393887266720121343 / 37742038374809742606336) / (1 - (2 * Ka)).
Proof. intros ? ? ? _; cases. repeat split. - over (- (38111840782004938342400 * F * leak) -
  (94345881572186756481024 * Ka) + 8540546898826658119169) (- (37742038374809742606336 * (2 * Ka - 1))). Qed.

(** Each component of two documents adds 1 - 2 (a - b)^2: so l components l - 2 h. With a threshold START, which has
    no bits, scores what l - 2 t says, here for l = 1 and t = 0, and documents what they do without. *)
Lemma agreement_of_bits (a b : R) : (a = 0 \/ a = 1) -> (b = 0 \/ b = 1) -> (2 * a - 1) * (2 * b - 1) = 1 - (2 * (a
  - b) ^ 2) /\ (2 * a - 1) * (2 * b - 1) = 1 - (2 * (a - b) ^ 2) /\ 1 = 1.
Proof. obligation. Qed.

(** l - 2 h >= l - 2 t exactly when h <= t; a distance beyond t scores less than START by 2 at least. *)
Lemma agreement_at_a_threshold (l t near far : R) : 1 <= l -> 0 <= t -> near <= t -> t + 1 <= far -> near >= 0 -> l
  >= far -> l - (2 * near) >= l - (2 * t) /\ l - (2 * t) - 2 >= - (2 * far) + l.
Proof. obligation. Qed.

(** The last entry, 1 for documents and 0 for START, has weight 1; the score has weight w with w g >= 1 + 1. A
    document that scores what START does or more wins by 1 at least, one that scores g less or worse loses by as
    much. *)
Lemma documents_at_the_threshold_win (g w start meets misses : R) : 1 <= g -> 2 / g <= w -> start <= meets -> misses
  <= - g + start -> meets * w + 1 >= start * w + 1 /\ start * w - 1 >= misses * w + 1.
Proof. cases. assert (0 < w) by nra. assert (w * g <= w * (start - misses)) by (apply Rmult_le_compat_l; lra).
  split; nra. Qed.

(** A constant is cut into pieces of 8 bits, which every dtype stores exactly. *)
Lemma a_chunk_is_exact : 256 >= 256.
Proof. obligation. Qed.

(** 2 x y - y^2 = x^2 - (x - y)^2 for each entry: the score is |x|^2 less the squared distance. *)
Lemma squared_distance_of_entries (x y : R) : 2 * x * y - (y ^ 2) = x ^ 2 - ((x - y) ^ 2).
Proof. obligation. Qed.

(** Rung C + 1 is set, min(x, C + 1) - min(x, C) = 1, exactly when x >= C + 1. So the rungs that an x has and a
    smaller y has not are as many as x - y: the Hamming distance in unary is the cityblock distance. *)
Lemma rungs_of_an_entry (C reaches stops : R) : 0 <= C -> C + 1 <= reaches -> stops <= C -> relu (- C + reaches) -
  (relu (- C + reaches - 1)) = 1 /\ relu (- C + stops) - (relu (- C + stops - 1)) = 0 /\ stops - (relu (- C +
  stops)) = stops.
Proof. obligation. Qed.

(** A whole number is <= t exactly when it is <= f = floor(t), and >= t exactly when it is >= c = ceil(t). Here t =
    f + r / (1 + r), r >= 0, is any number from f to below f + 1, and so c - r / (1 + r). *)
Lemma whole_numbers_at_a_threshold (f c r within beyond enough short : R) : 0 <= r -> within <= f -> f + 1 <= beyond
  -> c <= enough -> short <= c - 1 -> f + r / (r + 1) >= within /\ beyond > f + r / (r + 1) /\ enough >= c - (r / (r
  + 1)) /\ c - (r / (r + 1)) > short.
Proof. intros ? ? ? ? ?; cases. repeat split. - over (f * r + f - (r * within) + r - within) (r + 1). - over (beyond
  * r + beyond - (f * r) - f - r) (r + 1). - over (- (c * r) - c + enough * r + enough + r) (r + 1). - over (c * r +
  c - (r * short) - r - short) (r + 1). Qed.

(** With m^2 <= x < (m + 1)^2 a whole j >= 0 has j^2 <= x exactly when j <= m. Here x = m^2 + (2 m + 1) r / (1 + r)
    for r >= 0. *)
Lemma whole_numbers_at_a_root (m r within beyond : R) : 0 <= m -> 0 <= r -> 0 <= within <= m -> m + 1 <= beyond -> m
  ^ 2 + (r * (2 * m + 1)) / (r + 1) >= within ^ 2 /\ beyond ^ 2 > m ^ 2 + (r * (2 * m + 1)) / (r + 1).
Proof. cases; split; [over ((r + 1) * ((m - within) * (m + within)) + r * (2 * m + 1)) (r + 1) | over ((r + 1) *
  ((beyond - (m + 1)) * (beyond + (m + 1))) + (2 * m + 1)) (r + 1)]. Qed.

(** For p = k^2, q = a b and r = k'^2, s = c d: p / q <= r / s when p s <= r q. If that is strict, by 1 in whole
    numbers (`more` in place of r), so is this. *)
Lemma cosines_by_cross_multiplication (p q s r more : R) : 0 <= p -> 1 <= q -> 1 <= s -> (p * s) / q <= r -> (p * s
  + 1) / q <= more -> r / s >= p / q /\ more / s > p / q.
Proof. intros ? ? ? ? ?; cases. repeat split. - over (- (p * s) + q * r) (q * s). - over (more * q - (p * s)) (q *
  s). Qed.

(** Of p/q < r/s the second is larger by a factor of 1 + 1/(p s) at least. *)
Lemma distinct_fractions_are_apart (p q s r : R) : 1 <= p -> 1 <= q -> 1 <= s -> (p * s + 1) / q <= r -> (q * r) /
  (p * s) >= 1 + 1 / (p * s).
Proof. intros ? ? ? ?; cases. repeat split. - over (- (p * s) + q * r - 1) (p * s). Qed.

(** Jaccard's k / (a + b - k) grows with k, as cosine and Dice plainly do: n is a + b. *)
Lemma similarities_grow_with_what_is_shared (k n : R) : 0 <= k -> k + 2 <= n -> (k + 1) / (- k + n - 1) > k / (- k +
  n).
Proof. intros ? ?; cases. repeat split. - over (n) ((k - n) * (k - n + 1)). Qed.

(** The squares of all three fall as b grows, k and a staying: what has to be shared does not fall with b. Here n is
    a + b - k. *)
Lemma similarities_fall_with_a_norm (k a b n : R) : 0 <= k -> 1 <= a -> 1 <= b -> 1 <= n -> k ^ 2 / (a * b) >= k ^ 2
  / (a * (b + 1)) /\ k ^ 2 / n ^ 2 >= k ^ 2 / (n + 1) ^ 2 /\ (4 * k ^ 2) / (a + b) ^ 2 >= (4 * k ^ 2) / (a + b + 1)
  ^ 2.
Proof. intros ? ? ? ?; cases. repeat split. - over (k ^ 2) (a * b * (b + 1)). - over (2 * k ^ 2 * n + k ^ 2) (n ^ 2
  * (n + 1) ^ 2). - over (8 * a * k ^ 2 + 8 * b * k ^ 2 + 4 * k ^ 2) ((a + b) ^ 2 * (a + b + 1) ^ 2). Qed.

(** Of two values from u to gamma u neither is more than gamma times the other. *)
Lemma a_class_is_within_a_factor (gamma u v w : R) : 1 <= gamma -> 0 <= u -> v <= gamma * u -> u <= w -> gamma * w
  >= v.
Proof. obligation. Qed.

(** Two choices that each lose a factor s = sqrt(gamma) at most lose gamma at most. *)
Lemma two_choices_share_a_factor (s z y x : R) : 1 <= s -> 0 <= z -> y <= s * z -> x <= s * y -> s ^ 2 * z >= x.
Proof. obligation. Qed.

(** k - best + [the norm won] is 1 for keys that share as many as the best of a norm that won, and at most 0 for
    others: those that share less, and those of other norms. *)
Lemma only_the_best_of_a_norm_that_won (best less k won : R) : 0 <= best -> less <= best - 1 -> k <= best -> (won =
  0 \/ won = 1) -> 1 >= 1 /\ 0 >= - best + less + won /\ 0 >= - best + k.
Proof. obligation. Qed.

Definition obligations := (restore_of_a_zero, restore_of_a_one, restore_and_of_a_zero, restore_and_of_a_one,
  restore_in_floating_point, count_and_of_bits, count_xor_of_bits, maximum_of_two, lookup_of_five_values,
  lookup_of_one_value_more, relu_of_a_number_and_a_bit, clearing_a_noisy_signal, a_better_level_wins,
  visible_then_start_then_the_rest, rounding_up_costs_an_eighth, rounding_up_keeps_the_bits,
  a_number_determines_its_digits, bits_of_an_index, digits_of_an_index, a_prefix_counts_mismatches,
  a_prefix_shares_a_level, a_mismatch_costs_more_than_a_digit_gains, both_sides_of_a_row_are_finite, inverse_of_e,
  leak_of_visible_keys, a_wider_gap_leaks_less, more_best_keys_leak_less, one_round_leaks_little,
  temperature_is_at_most_32, the_gap_of_unseen_keys, e_to_the_z, e_to_the_y, sums_of_positive_numbers,
  growth_of_a_quotient, rescaling_of_a_weight, rescaling_shrinks_what_is_left, weight_outside, rounded_results,
  the_coarsest_types_bound_all, rescaling_of_all_keys, a_zero_is_read_as_zero, a_one_is_not_read_too_small,
  a_one_is_not_read_too_large, agreement_of_bits, agreement_at_a_threshold, documents_at_the_threshold_win,
  a_chunk_is_exact, squared_distance_of_entries, rungs_of_an_entry, whole_numbers_at_a_threshold,
  whole_numbers_at_a_root, cosines_by_cross_multiplication, distinct_fractions_are_apart,
  similarities_grow_with_what_is_shared, similarities_fall_with_a_norm, a_class_is_within_a_factor,
  two_choices_share_a_factor, only_the_best_of_a_norm_that_won).
Print Assumptions obligations.
