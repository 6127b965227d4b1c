(** The check is sound, second part: heads. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz.
Import ListNotations.
From Proofformer Require Import Net Spec Softmax Check SoundGates.
Open Scope Z_scope.

(** * The first element of least cost *)

Fixpoint argmin (cost : nat -> Z) (l : list nat) : option nat :=
  match l with
  | [] => None
  | k :: t => match argmin cost t with None => Some k | Some k' => if cost k <=? cost k' then Some k else Some k'
    end
  end.
Lemma argmin_some cost l k : argmin cost l = Some k -> List.In k l /\ forall k', List.In k' l -> cost k <= cost k'.
Proof.
  revert k. induction l as [|a l IH]; simpl; intros k H; [discriminate|].
  destruct (argmin cost l) as [k'|] eqn:E.
  - destruct (IH k' eq_refl) as [I1 I2]. destruct (Z.leb_spec (cost a) (cost k')); inversion H; subst.
    + split; auto. intros j [<-|Hj]; [lia|]. specialize (I2 j Hj). lia.
    + split; auto. intros j [<-|Hj]; [lia|]. auto.
  - inversion H; subst. destruct l as [|b l]; [split; auto; intros j [<-|[]]; lia|].
    simpl in E. destruct (argmin cost l); [destruct (cost b <=? cost n)|]; discriminate.
Qed.
Lemma argmin_none cost l : argmin cost l = None -> l = [].
Proof.
  destruct l as [|b l]; auto. simpl. destruct (argmin cost l); [destruct (cost b <=? cost n)|]; discriminate.
Qed.
Lemma zsum_app {A} (f : A -> Z) a b : zsum f (a ++ b) = zsum f a + zsum f b.
Proof. induction a; simpl; lia. Qed.
Lemma pow_sum p : zsum (fun t => 2 ^ Z.of_nat t) (seq 0 p) = 2 ^ Z.of_nat p - 1.
Proof.
  induction p; [reflexivity|]. rewrite seq_S, zsum_app, IHp, Nat2Z.inj_succ, Z.pow_succ_r by lia.
  cbn [zsum fold_right]. simpl Nat.add. lia.
Qed.

Lemma first_rows (xs : list vec) : forall r, (r <= length xs)%nat ->
  firstn r xs = map (fun j => nth j xs zero) (seq 0 r).
Proof.
  induction xs as [|a xs IH]; intros [|r] H; simpl in *; auto; [lia|]. f_equal. rewrite <- seq_shift, map_map.
  apply IH. lia.
Qed.

(** * What the variables are, in an instance

    Row r of the sequence s. Its partner is the document below r of least cost, and of these that of least index:
      START,
    PAD and READ have one too, as if they were documents of zeros, so that one state holds for all rows. *)

Section Env.
Variables (q : question) (two : bool) (l p : nat) (s : list token).
Local Notation Bit := (Bit two).
Local Notation Place := (Place two l).
Local Notation inputs := (inputs two).
Local Notation second_flag := (second_flag two).
Definition input (k c : nat) : Z := signal two l (nth k s Pad) c.
Definition index (k : nat) : Z := zsum (fun t => 2 ^ Z.of_nat t * input k (inputs + l + t)) (seq 0 p).
Definition cost (r k : nat) : Z := sign q * zsum (fun d => count q (input r (inputs + d)) (input k (inputs + d)))
  (seq 0 l).
Definition partner (r : nat) : option nat :=
  argmin (fun k => power p * cost r k + index k) (filter (fun k => input k second_flag =? 1) (seq 0 r)).
Definition got (r c : nat) : Z := match partner r with Some k => input k c | None => 0 end.
Definition worth (r : nat) : Z := zsum (fun d => count q (input r (inputs + d)) (got r (inputs + d))) (seq 0 l).
Definition found (r : nat) : Z := input r 2 * got r second_flag.
Definition found_zero (r : nat) : Z := found r * z_of (worth r =? 0).
Definition goal (r : nat) : Z := match q with Orthogonal => found_zero r | _ => found r end.
Definition aim (r : nat) : Z := match q with Orthogonal => 0 | _ => sign q * worth r end.
Definition best (r : nat) : option nat :=
  argmin (fun k => power p * aim k + index k) (filter (fun k => goal k =? 1) (seq 0 r)).
Definition met (c : Z) (r : nat) : bool :=
  existsb (fun k => (input k second_flag =? 1) && (cost r k <=? c)) (seq 0 r).
Definition hit (c : Z) (r : nat) : Z := input r 2 * z_of (met c r).
Definition any_hit (c : Z) (r : nat) : bool := existsb (fun k => hit c k =? 1) (seq 0 r).
Fixpoint meaning (r : nat) (v : var) : Z :=
  match v with
  | In c => input r c | Got c => got r c | Found => found r | Value => worth r
  | VBit t => z_of (Z.testbit (worth r) (Z.of_nat t)) | VZero => z_of (worth r =? 0) | FoundZero => found_zero r
  | Met c => z_of (met c r) | Hit c => hit c r | AnyHit c => z_of (any_hit c r)
  | Before c => match r with O => 0 | S i => input i (S c) end
  | Best v => match best r with Some k => meaning k v | None => 0 end
  end.

Lemma z_of_bit b : z_of b = 0 \/ z_of b = 1.
Proof. destruct b; auto. Qed.
Lemma signal_bit t c : signal two l t c = 0 \/ signal two l t c = 1.
Proof.
  destruct c as [|[|c]], t; cbn [signal]; auto. unfold binary.
  destruct (c <? flags two)%nat; [|destruct (c - flags two <? l)%nat]; apply z_of_bit.
Qed.
Lemma inputs_big c : (2 <= inputs + c)%nat.
Proof. unfold Check.inputs. lia. Qed.
Lemma second_big : (2 <= second_flag)%nat.
Proof. unfold Check.second_flag. destruct two; simpl; lia. Qed.
Lemma input_bit k c : input k c = 0 \/ input k c = 1.
Proof. apply signal_bit. Qed.
Lemma got_bit k c : got k c = 0 \/ got k c = 1.
Proof. unfold got. destruct (partner k); auto. apply input_bit. Qed.
Lemma found_bit k : found k = 0 \/ found k = 1.
Proof. unfold found. destruct (input_bit k 2) as [-> | ->], (got_bit k second_flag) as [-> | ->]; auto. Qed.
Lemma found_zero_bit k : found_zero k = 0 \/ found_zero k = 1.
Proof. unfold found_zero. destruct (found_bit k) as [-> | ->], (z_of_bit (worth k =? 0)) as [-> | ->]; auto. Qed.
Lemma hit_bit c k : hit c k = 0 \/ hit c k = 1.
Proof. unfold hit. destruct (input_bit k 2) as [-> | ->], (z_of_bit (met c k)) as [-> | ->]; auto. Qed.
Lemma goal_bit k : goal k = 0 \/ goal k = 1.
Proof. unfold goal. destruct q; auto using found_bit, found_zero_bit. Qed.
Lemma pair_range a b P Q : 0 <= a < P -> 0 <= b < Q -> 0 <= a + P * b < P * Q.
Proof. nia. Qed.
Lemma pair_same a b a' b' P : 0 <= a < P -> 0 <= a' < P -> a + P * b = a' + P * b' -> a = a' /\ b = b'.
Proof.
  intros Ha Ha' E. assert (b < b' \/ b = b' \/ b' < b) as [H|[H|H]] by lia; [exfalso; nia|subst; lia|exfalso; nia].
Qed.
Lemma factor_pos d w : 0 < d -> 0 < d * w -> 0 < w.
Proof. nia. Qed.
Lemma factor_nonneg d w : 0 < d -> 0 <= d * w -> 0 <= w.
Proof. nia. Qed.
Lemma least_sum w g a a0 b b0 : 0 < w -> 0 <= g -> a0 <= a -> b0 <= b -> w * a0 + g * b0 <= w * a + g * b /\
  (w * a0 + g * b0 = w * a + g * b -> a0 = a /\ (0 < g -> b0 = b)).
Proof.
  intros Hw Hg Ha Hb. assert (H1 : w * a0 <= w * a) by (apply Z.mul_le_mono_nonneg_l; lia).
  assert (H2 : g * b0 <= g * b) by (apply Z.mul_le_mono_nonneg_l; lia). split; [lia|]. intros E.
  split; [apply (Z.mul_cancel_l _ _ w); lia|]. intros Hg'. apply (Z.mul_cancel_l _ _ g); lia.
Qed.
Lemma least_code m size a a0 d d0 : 0 <= d < size -> 0 <= d0 < size -> size <= m -> a0 <= a -> (a0 = a -> d0 <= d) ->
  m * a0 + d0 <= m * a + d.
Proof. intros Hd Hd0 Hm Ha E. destruct (Z.eq_dec a0 a) as [->|]; [lia|]. clear E. nia. Qed.
Lemma least_digit a a0 b b0 P Q h : 0 <= a < P -> 0 <= a0 < P -> a0 + P * (b0 + Q * h) <= a + P * (b + Q * h) ->
  b0 <= b.
Proof. intros Ha Ha0 H. assert (P * b0 <= P * b + (a - a0)) by lia. clear H. nia. Qed.
(** The number that n bits of the index spell, from bit a on. *)
Definition number (a n j : nat) : Z := zsum (fun t => 2 ^ Z.of_nat (t - a) * input j (inputs + l + t)) (seq a n).
Lemma number_S a n j : number a (S n) j = input j (inputs + l + a) + 2 * number (S a) n j.
Proof.
  unfold number. cbn [seq zsum fold_right]. rewrite Nat.sub_diag, <- zsum_scal. f_equal; [simpl Z.of_nat; lia|].
  apply zsum_ext. intros t Ht. apply in_seq in Ht. replace (t - a)%nat with (S (t - S a)) by lia.
  rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. ring.
Qed.
Lemma number_range n : forall a j, 0 <= number a n j < 2 ^ Z.of_nat n.
Proof.
  induction n; intros a j; [unfold number; simpl; lia|]. rewrite number_S, Nat2Z.inj_succ, Z.pow_succ_r by lia.
  specialize (IHn (S a) j). destruct (input_bit j (inputs + l + a)) as [-> | ->]; lia.
Qed.
Lemma number_app n : forall m a j, number a (n + m) j = number a n j + 2 ^ Z.of_nat n * number (a + n) m j.
Proof.
  induction n; intros m a j.
  - rewrite !Nat.add_0_r. cbn [Nat.add]. unfold number at 2. cbn [seq zsum fold_right]. simpl Z.of_nat. lia.
  - cbn [Nat.add]. rewrite !number_S, IHn, Nat2Z.inj_succ, Z.pow_succ_r, <- plus_n_Sm by lia. cbn [Nat.add]. lia.
Qed.
Lemma number_bits n : forall a j j', number a n j = number a n j' ->
  forall t, (a <= t < a + n)%nat -> input j (inputs + l + t) = input j' (inputs + l + t).
Proof.
  induction n; intros a j j' H t Ht; [lia|]. rewrite !number_S in H.
  pose proof (input_bit j (inputs + l + a)). pose proof (input_bit j' (inputs + l + a)).
  destruct (Nat.eq_dec t a) as [->|]; [lia|]. apply (IHn (S a)); lia.
Qed.
Lemma number_same a n j j' : (forall t, (a <= t < a + n)%nat -> input j (inputs + l + t) = input j' (inputs + l + t))
  ->
  number a n j = number a n j'.
Proof. intros H. apply zsum_ext. intros t Ht. apply in_seq in Ht. now rewrite H by lia. Qed.
Lemma index_number j : index j = number 0 p j.
Proof. apply zsum_ext. intros t _. now rewrite Nat.sub_0_r. Qed.
Lemma index_range k : 0 <= index k < power p.
Proof. rewrite index_number. apply number_range. Qed.
(** The bits below lo, those from lo to stop, and those from stop on. *)
Lemma index_split lo stop j : (lo <= stop <= p)%nat ->
  index j = number 0 lo j + 2 ^ Z.of_nat lo * (number lo (stop - lo) j + 2 ^ Z.of_nat (stop - lo) * number stop (p -
    stop) j).
Proof.
  intros H. rewrite index_number. replace p with (lo + ((stop - lo) + (p - stop)))%nat at 1 by lia.
  rewrite !number_app. cbn [Nat.add]. now replace (lo + (stop - lo))%nat with stop by lia.
Qed.
Lemma worth_range k : 0 <= worth k <= Z.of_nat l.
Proof.
  unfold worth. split; [apply zsum_pos; intros; destruct (input_bit k (inputs + a)) as [-> | ->],
    (got_bit k (inputs + a)) as [-> | ->]; unfold count; destruct q; lia|].
  apply Z.le_trans with (zsum (fun _ : nat => 1) (seq 0 l)); [|rewrite zsum_const, seq_length; lia].
  apply zsum_le. intros d _. destruct (input_bit k (inputs + d)) as [-> | ->], (got_bit k (inputs + d)) as [-> | ->];
    unfold count; destruct q; lia.
Qed.
Lemma meaning_pos v : forall k, 0 <= meaning k v.
Proof.
  induction v; intros k; simpl.
  - destruct (input_bit k c); lia.
  - destruct (got_bit k c); lia.
  - destruct (found_bit k); lia.
  - apply worth_range.
  - destruct (z_of_bit (Z.testbit (worth k) (Z.of_nat t))); lia.
  - destruct (z_of_bit (worth k =? 0)); lia.
  - destruct (found_zero_bit k); lia.
  - destruct (best k); auto. lia.
  - destruct (z_of_bit (met c k)); lia.
  - destruct (hit_bit c k); lia.
  - destruct (z_of_bit (any_hit c k)); lia.
  - destruct k as [|k]; [lia|]. change (0 <= input k (S c)). pose proof (input_bit k (S c)). lia.
Qed.
Lemma meaning_consistent k : consistent q two l (meaning k).
Proof.
  constructor; cbn [meaning One].
  - unfold input. destruct (nth k s Pad); reflexivity.
  - intros v; apply meaning_pos.
  - apply input_bit.
  - apply got_bit.
  - reflexivity.
  - intros d. split; [apply input_bit|apply got_bit].
  - reflexivity.
  - apply worth_range.
  - reflexivity.
  - reflexivity.
  - reflexivity.
  - reflexivity.
Qed.
Lemma start_zero c j : input j 1 = 1 -> (2 <= c)%nat -> input j c = 0.
Proof. unfold input. destruct c as [|[|c]]; [lia|lia|]. destruct (nth j s Pad); simpl; congruence. Qed.

(** * What a head prefers

    Of the keys that are flagged, that of least [merit], which is the cost but for what the row r itself adds. *)

Definition flagged (k : kind) (j : nat) : Z := match k with Partner => input j second_flag | Readout => goal j end.
Definition merit (k : kind) (r j : nat) : Z :=
  match k with
  | Partner => sign q * zsum (fun d => (linear q + square q * input r (inputs + d)) * input j (inputs + d)) (seq 0 l)
  | Readout => aim j
  end.
Definition chosen (k : kind) (r : nat) : option nat := match k with Partner => partner r | Readout => best r end.
Definition ones (r : nat) : Z := sign q * zsum (fun d => count q (input r (inputs + d)) 0) (seq 0 l).
Lemma cost_merit r j : cost r j = merit Partner r j + ones r.
Proof.
  unfold cost, merit, ones. rewrite <- Z.mul_add_distr_l, <- zsum_plus. f_equal. apply zsum_ext. intros d _.
  destruct (input_bit r (inputs + d)) as [-> | ->], (input_bit j (inputs + d)) as [-> | ->]; unfold count, linear,
    square;
    destruct q; lia.
Qed.
Lemma floor_enough w r j : 0 <= w ->
  0 <= match q with FarthestPair | MaxIP => w * Z.of_nat l | _ => 0 end + w * ones r + w * merit Partner r j.
Proof.
  intros Hw. cbn [merit]. unfold ones.
  assert (H : 0 <= match q with FarthestPair | MaxIP => Z.of_nat l | _ => 0 end
    + (sign q * zsum (fun d => count q (input r (inputs + d)) 0) (seq 0 l)
    + sign q * zsum (fun d => (linear q + square q * input r (inputs + d)) * input j (inputs + d)) (seq 0 l))).
  2:{ destruct q; nia. }
  rewrite <- Z.mul_add_distr_l, <- zsum_plus.
  set (f := fun d => count q (input r (inputs + d)) 0 + (linear q + square q * input r (inputs + d)) * input j
    (inputs + d)).
  assert (H0 : 0 <= zsum f (seq 0 l) <= Z.of_nat l).
  { split; [apply zsum_pos; intros d _; unfold f, linear, square, count;
      destruct q, (input_bit r (inputs + d)) as [-> | ->], (input_bit j (inputs + d)) as [-> | ->]; lia|].
    apply Z.le_trans with (zsum (fun _ : nat => 1) (seq 0 l)); [|rewrite zsum_const, seq_length; lia].
    apply zsum_le. intros d _. unfold f, linear, square, count.
    destruct q, (input_bit r (inputs + d)) as [-> | ->], (input_bit j (inputs + d)) as [-> | ->]; lia. }
  unfold sign. destruct q; lia.
Qed.
Lemma flagged_bit k j : flagged k j = 0 \/ flagged k j = 1.
Proof. destruct k; [apply input_bit|apply goal_bit]. Qed.
Lemma goal_found k : goal k = 1 -> found k = 1.
Proof.
  unfold goal, found_zero. destruct q; auto. destruct (found_bit k) as [-> | ->]; lia.
Qed.
(** Who is flagged is a document of the set that the head looks at. *)
Definition side (k : kind) : nat := match k with Partner => second_flag | Readout => 2%nat end.
Lemma flagged_side k j : flagged k j = 1 -> input j (side k) = 1.
Proof.
  destruct k; cbn [flagged side]; auto. intros H. apply goal_found in H. revert H. unfold found.
  destruct (input_bit j 2) as [-> | ->]; lia.
Qed.
Lemma flagged_not_start k j : flagged k j = 1 -> input j 1 = 0.
Proof.
  intros H. apply flagged_side in H. destruct (input_bit j 1) as [|E]; auto.
  rewrite start_zero in H; auto; [discriminate|]. destruct k; [apply second_big|auto].
Qed.
Lemma zsum_within {A} (f : A -> Z) L : (forall a, -1 <= f a <= 1) ->
  - Z.of_nat (length L) <= zsum f L <= Z.of_nat (length L).
Proof.
  intros H. induction L as [|a L IH]; [simpl; lia|]. cbn [zsum fold_right length]. specialize (H a).
  unfold zsum in IH. lia.
Qed.
(** Two merits are l apart at most. *)
Lemma merit_gap k r j0 j : merit k r j0 - merit k r j <= spread q l k.
Proof.
  destruct k; cbn [merit spread].
  - set (f := fun i d => (linear q + square q * input r (inputs + d)) * input i (inputs + d)).
    fold (f j0) (f j). rewrite <- Z.mul_sub_distr_l.
    replace (zsum (f j0) (seq 0 l) - zsum (f j) (seq 0 l)) with (zsum (fun d => f j0 d + - 1 * f j d) (seq 0 l))
      by (rewrite zsum_plus, zsum_scal; ring).
    pose proof (zsum_within (fun d => f j0 d + - 1 * f j d) (seq 0 l)) as HW. rewrite seq_length in HW.
    assert (forall d, -1 <= f j0 d + - 1 * f j d <= 1).
    { intros d. unfold f. destruct (input_bit r (inputs + d)) as [-> | ->], (input_bit j0 (inputs + d)) as [-> | ->],
        (input_bit j (inputs + d)) as [-> | ->]; unfold linear, square; destruct q; lia. }
    specialize (HW H). unfold sign; destruct q; lia.
  - pose proof (worth_range j0). pose proof (worth_range j). unfold aim, sign; destruct q; lia.
Qed.
Lemma chosen_some k r j0 : chosen k r = Some j0 ->
  (j0 < r)%nat /\ flagged k j0 = 1 /\
  forall j, (j < r)%nat -> flagged k j = 1 ->
    merit k r j0 < merit k r j \/ (merit k r j0 = merit k r j /\ index j0 <= index j).
Proof.
  intros H.
  assert (Hx : forall (o : nat -> Z) j j', power p * o j + index j <= power p * o j' + index j' ->
    o j < o j' \/ (o j = o j' /\ index j <= index j')).
  { intros o j j' Hc. pose proof (index_range j). pose proof (index_range j'). nia. }
  destruct k; cbn [chosen flagged] in *; apply argmin_some in H as [H1 H2]; apply filter_In in H1 as [H0 H1];
    apply in_seq in H0;
    apply Z.eqb_eq in H1; (split; [lia|split; [exact H1|]]); intros j Hj Hf.
  - specialize (H2 j). rewrite filter_In, in_seq, Z.eqb_eq in H2. specialize (H2 ltac:(split; [lia|auto])).
    destruct (Hx (cost r) _ _ H2) as [|]; rewrite !cost_merit in *; lia.
  - specialize (H2 j). rewrite filter_In, in_seq, Z.eqb_eq in H2. specialize (H2 ltac:(split; [lia|auto])).
    now apply Hx.
Qed.
Lemma chosen_none k r : chosen k r = None -> forall j, (j < r)%nat -> flagged k j = 0.
Proof.
  intros H j Hj. destruct (flagged_bit k j) as [|E]; auto. exfalso.
  destruct k; simpl in *; apply argmin_none in H;
    match type of H with ?L = [] =>
      assert (F : List.In j L) by (apply filter_In; split; [apply in_seq; lia | now apply Z.eqb_eq])
    end; rewrite H in F; destruct F.
Qed.

(** A bit of the index as it is known, and how many bits of key j's index from [stop] on are not so, but for what the
    row r itself adds. *)
Lemma known_bit k r t : meaning r (known two l k t) = match chosen k r with Some j => input j (inputs + l + t) | None
  => 0 end.
Proof. destruct k; reflexivity. Qed.
Definition missed (k : kind) (r stop j : nat) : Z :=
  zsum (fun t => (1 - 2 * meaning r (known two l k t)) * input j (inputs + l + t)) (seq stop (p - stop)).
Lemma zsum_cmp {A} (f g : A -> Z) L : (forall a, List.In a L -> f a <= g a) ->
  zsum f L <= zsum g L /\ (zsum f L = zsum g L -> forall a, List.In a L -> f a = g a).
Proof.
  induction L as [|a L IH]; intros H; [simpl; split; [lia|intros _ ? []]|].
  destruct IH as [I1 I2]; [intros; apply H; now right|]. pose proof (H a ltac:(now left)).
  cbn [zsum fold_right]. fold (zsum f L) (zsum g L). split; [lia|]. intros E b [<-|Hb]; [lia|]. apply I2; auto. lia.
Qed.
Lemma missed_least k r stop j0 j : chosen k r = Some j0 -> missed k r stop j0 <= missed k r stop j /\
  (missed k r stop j0 = missed k r stop j -> number stop (p - stop) j0 = number stop (p - stop) j).
Proof.
  intros H. unfold missed.
  destruct (zsum_cmp (fun t => (1 - 2 * meaning r (known two l k t)) * input j0 (inputs + l + t))
    (fun t => (1 - 2 * meaning r (known two l k t)) * input j (inputs + l + t)) (seq stop (p - stop))) as [H1 H2].
  - intros t _. rewrite known_bit, H.
    destruct (input_bit j0 (inputs + l + t)) as [-> | ->], (input_bit j (inputs + l + t)) as [-> | ->]; lia.
  - split; [exact H1|]. intros E. apply number_same. intros t Ht.
    specialize (H2 E t ltac:(apply in_seq; lia)). cbv beta in H2. rewrite known_bit, H in H2.
    destruct (input_bit j0 (inputs + l + t)) as [E0 | E0], (input_bit j (inputs + l + t)) as [E1 | E1]; rewrite E0,
      E1 in *; lia.
Qed.
Lemma missed_none k r stop j : chosen k r = None -> 0 <= missed k r stop j.
Proof.
  intros H. apply zsum_pos. intros t _. rewrite known_bit, H.
  destruct (input_bit j (inputs + l + t)) as [-> | ->]; lia.
Qed.

(** * One head: its score is what the check rebuilds, so [select] applies *)

Section Head.
Variables (keys : Z) (st seen : state) (h : head) (ks : list vec) (x : vec) (r start : nat).
Hypothesis Hr : length ks = r.
Hypothesis Hn : Z.of_nat r <= keys.
Let key_of j := nth j ks zero.
Hypothesis Hx : holds (meaning r) st x.
Hypothesis Hk : forall j, (j < r)%nat -> holds (meaning j) seen (key_of j).
Hypothesis Hinj : forall k j j', (j < r)%nat -> (j' < r)%nat -> input j (side k) = 1 -> input j' (side k) = 1 ->
  index j = index j' -> j = j'.
Hypothesis Hstart : forall j, input j 1 = if (j =? start)%nat then 1 else 0.
Hypothesis Hquiet : forall j c, (j <= start)%nat -> (2 <= c)%nat -> input j c = 0.
Open Scope R_scope.

Lemma all_keys : ks = map key_of (seq 0 r).
Proof. unfold key_of. rewrite <- first_rows, <- Hr by lia. now rewrite firstn_all. Qed.
Lemma attend_eq i : attend h ks x i
  = sum (fun j => exp (score h x (key_of j)) * apply (value h) (key_of j) i) (seq 0 r) / sum (fun j => exp (score h
    x (key_of j))) (seq 0 r).
Proof.
  transitivity (attend h (map key_of (seq 0 r)) x i); [now rewrite <- all_keys|]. unfold attend.
  destruct r as [|r']; [simpl; unfold Rdiv; now rewrite Rmult_0_l|].
  cbn [seq map]. rewrite <- (map_cons key_of), !sum_map. reflexivity.
Qed.
Definition product_value (j : nat) (ab : term * term) : R :=
  term_value (meaning r) x (fst ab) * term_value (meaning j) (key_of j) (snd ab).
Lemma eval_product j la lb :
  eval (product_value j) (flat_map (fun a => map (fun b => ((fst a, fst b), (snd a * snd b)%Z)) lb) la)
  = eval (term_value (meaning r) x) la * eval (term_value (meaning j) (key_of j)) lb.
Proof.
  induction la as [|[a ca] la IH]; [unfold eval; simpl; ring|]. cbn [flat_map fst snd].
  rewrite eval_app, IH, eval_cons.
  assert (E : eval (product_value j) (map (fun b : term * Z => (a, fst b,
    (ca * snd b)%Z)) lb) = IZR ca * term_value (meaning r) x a * eval (term_value (meaning j) (key_of j)) lb).
  { unfold eval. rewrite sum_map, <- sum_scal. apply sum_ext. intros [b cb] _. unfold product_value. cbn [fst snd].
  rewrite mult_IZR. ring. }
  rewrite E. ring.
Qed.
Lemma scores_eval j : (j < r)%nat -> eval (product_value j) (scores st seen h) = score h x (key_of j).
Proof.
  intros Hj. unfold scores, score. induction (seq 0 (length (query h))) as [|i t IH]; auto.
  cbn [flat_map]. rewrite eval_app, IH, eval_product, (form_of_eval _ _ _ _ Hx), (form_of_eval _ _ _ _ (Hk j Hj)).
  reflexivity.
Qed.
Definition common : R := eval (fun ab => term_value (meaning r) x (fst ab)) (filter (fun e => is term_dec (snd (fst
  e)) (V One)) (scores st seen h)).
Lemma split_eval j : eval (product_value j) (scores st seen h) = common + eval (product_value j) (of_keys (scores
  st seen h)).
Proof.
  unfold common, of_keys. induction (scores st seen h) as [|[[a b] c] t IH]; [unfold eval; simpl; ring|].
  cbn [filter fst snd]. unfold is in *. destruct (term_dec b (V One)) as [-> |]; cbn [negb]; unfold eval in *;
    cbn [sum fold_right fst snd]; unfold sum in *; rewrite IH; try ring.
  unfold product_value. cbn [fst snd term_value]. rewrite (g_one q two l (meaning j) (meaning_consistent j)). simpl.
  ring.
Qed.
Let weight (S : nat -> Z) j := exp (IZR (S j)).

(** A head whose scores, but for what is the same for all keys, are S, and which reads bits of the variable v. *)
Lemma attend_majority S v i j0 : (forall j, eval (product_value j) (of_keys (scores st seen h)) = IZR (S j)) ->
  (forall j, meaning j v = 0 \/ meaning j v = 1)%Z ->
  (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) -> (j0 < r)%nat ->
  sum (weight S) (filter (differs (fun j => meaning j v) j0) (seq 0 r)) <= / 3 * weight S j0 ->
  near (meaning j0 v) (attend h ks x i).
Proof.
  intros HS Hbit Hv Hj0 Hlight.
  assert (Hs : forall j, (j < r)%nat -> score h x (key_of j) = common + IZR (S j)).
  { intros j Hj. now rewrite <- scores_eval, split_eval, HS by auto. }
  rewrite attend_eq.
  rewrite (sum_ext _ (fun j => exp common * (exp (IZR (S j)) * IZR (meaning j v)))).
  2:{ intros j Hj. apply in_seq in Hj. rewrite Hs, Hv, exp_plus by lia. ring. }
  rewrite (sum_ext (fun j => exp (score h x (key_of j))) (fun j => exp common * exp (IZR (S j)))).
  2:{ intros j Hj. apply in_seq in Hj. rewrite Hs, exp_plus by lia. ring. }
  rewrite !sum_scal.
  assert (Hpos : 0 < sum (fun j => exp (IZR (S j))) (seq 0 r)).
  { destruct (seq 0 r) as [|a t] eqn:Es; [pose proof (seq_length r 0) as L; rewrite Es in L; simpl in L; lia|].
    cbn [sum fold_right]. apply Rplus_lt_le_0_compat; [apply exp_pos|].
    apply (sum_pos (fun j => exp (IZR (S j)))). intros; apply Rlt_le, exp_pos. }
  pose proof (exp_pos common).
  match goal with |- near _ (exp common * ?n / (exp common * ?d)) => replace (exp common * n / (exp common * d))
    with (n / d) by (field; split; lra) end.
  now apply (majority r S (fun j => meaning j v) j0).
Qed.
Lemma attend_zero v i : (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) ->
  (forall j, (j < r)%nat -> meaning j v = 0%Z) -> near 0 (attend h ks x i).
Proof.
  intros Hv Hz. rewrite attend_eq, sum_zero; [unfold Rdiv; rewrite Rmult_0_l; apply near_0|].
  intros j Hj. apply in_seq in Hj. rewrite Hv, Hz by lia. simpl. ring.
Qed.

(** Keys of another value are u below, so they are light. *)
Lemma all_low S v i j0 u : (forall j, eval (product_value j) (of_keys (scores st seen h)) = IZR (S j)) ->
  (forall j, meaning j v = 0 \/ meaning j v = 1)%Z ->
  (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) -> (j0 < r)%nat ->
  light keys 1 u 0 = true ->
  (forall j, (j < r)%nat -> meaning j v <> meaning j0 v -> (S j <= S j0 - u)%Z) ->
  near (meaning j0 v) (attend h ks x i).
Proof.
  intros HS Hbit Hv Hj0 Hlight Hlow. apply (attend_majority S v i j0); auto.
  apply (light_keys r S j0 _ (fun _ => false) (fun _ => 0%nat) (fun _ => 0%nat) keys 1 u 0); auto;
    try discriminate; try lia.
  - apply NoDup_filter, seq_NoDup.
  - rewrite <- (seq_length r 0) at 2. apply filter_shorter.
  - intros j Hj _. apply filter_In in Hj as [Hj Hd]. apply in_seq in Hj. apply Hlow; [lia|]. unfold differs in Hd.
    intros E0. rewrite E0, Z.eqb_refl in Hd. discriminate.
Qed.

Lemma one_eval v j : product_value j (V One, V v) = IZR (meaning j v).
Proof.
  unfold product_value. cbn [fst snd term_value]. rewrite (g_one q two l (meaning r) (meaning_consistent r)). simpl.
  ring.
Qed.
Lemma objective_eval w j : eval (product_value j) (objective q two l Partner w) = IZR (- w * merit Partner r j).
Proof.
  cbn [objective merit]. rewrite Z.mul_assoc, <- zsum_scal, <- zsum_sum.
  induction (seq 0 l) as [|d t IH]; auto. cbn [flat_map]. rewrite eval_app, IH. cbn [sum fold_right]. f_equal.
  unfold eval. cbn [sum fold_right fst snd]. rewrite one_eval. unfold product_value. cbn [fst snd term_value].
  cbn [meaning Check.Bit]. rewrite <- !mult_IZR, <- !plus_IZR. f_equal. ring.
Qed.

Section Finds.
Variable k : kind.
Definition priority (A B w g c : Z) (lo stop j : nat) : Z :=
  (A * flagged k j + B * input j 1 - w * merit k r j - g * missed k r stop j - c * number lo (stop - lo) j)%Z.
Lemma priorities_eval A B w g c lo stop j :
  eval (product_value j) (priorities q two l p k A B w g c lo stop) = IZR (priority A B w g c lo stop j).
Proof.
  assert (H1 := fun v => one_eval v j).
  assert (HI : eval (product_value j) (map (fun t => ((V One, V (Place t)),
    (- c * 2 ^ Z.of_nat (t - lo))%Z)) (seq lo (stop - lo))) = IZR (- c * number lo (stop - lo) j)).
  { unfold number. rewrite <- zsum_scal, <- zsum_sum. unfold eval. rewrite sum_map. apply sum_ext. intros t _.
  cbn [fst snd].
    rewrite H1, <- mult_IZR. f_equal. cbn [meaning Place]. ring. }
  assert (HM : eval (product_value j) (flat_map (fun t => [((V (known two l k t), V (Place t)), (2 * g)%Z);
    ((V One, V (Place t)), (- g)%Z)]) (seq stop (p - stop))) = IZR (- g * missed k r stop j)).
  { unfold missed. rewrite <- zsum_scal, <- zsum_sum. induction (seq stop (p - stop)) as [|t ts IH]; auto.
    cbn [flat_map]. rewrite eval_app, IH. cbn [sum fold_right]. f_equal. rewrite !eval_cons, H1.
    unfold product_value, eval. cbn [fst snd term_value sum fold_right meaning Place].
    rewrite !mult_IZR, !opp_IZR, minus_IZR, mult_IZR. ring. }
  assert (HO : eval (product_value j) (objective q two l k w) = IZR (- w * merit k r j)).
  { destruct k.
    - exact (objective_eval w j).
    - cbn [objective merit].
      assert (HO : eval (product_value j) [((V One, V Value), (- w * sign q)%Z)] = IZR (- w * (sign q * worth j))).
      { unfold eval. cbn [sum fold_right fst snd]. rewrite H1. cbn [meaning]. rewrite Rplus_0_r, <- mult_IZR.
        f_equal. ring. }
      unfold aim. destruct q; auto. rewrite Z.mul_0_r. reflexivity. }
  unfold priorities. rewrite !eval_cons, !eval_app, HI, HM, HO, !H1, <- !mult_IZR, <- !plus_IZR. f_equal.
  unfold priority.
  assert (meaning j (flag q two k) = flagged k j) by (destruct k; [|unfold flagged, goal; destruct q]; reflexivity).
  rewrite H. cbn [meaning]. ring.
Qed.

Lemma start_values v v' j : (j <= start)%nat -> fetched k v = Some v' -> meaning j v = 0%Z.
Proof.
  intros Hj. assert (Hz : forall c, (2 <= c)%nat -> input j c = 0%Z) by auto.
  assert (Hp : partner j = None).
  { destruct (partner j) as [i|] eqn:E; auto. apply (chosen_some Partner) in E as (Hi & Hf & _). cbn [flagged] in Hf.
    rewrite Hquiet in Hf by (try apply second_big; lia). discriminate. }
  assert (Hw : worth j = 0%Z).
  { unfold worth, got. rewrite Hp. rewrite (zsum_ext _ (fun _ => 0%Z)); [rewrite zsum_const; lia|].
    intros d _. rewrite Hz by apply inputs_big. unfold count; destruct q; reflexivity. }
  destruct k, v as [[|[|c]]| | | | | | | | | | |]; cbn [fetched]; try discriminate; intros _; cbn [meaning];
    unfold found_zero, found, got; rewrite ?Hw, ?Hp, ?Z.bits_0, ?(Hz 2%nat), ?Hz by lia; reflexivity.
Qed.
Lemma fetched_bit v v' j : fetched k v = Some v' -> (meaning j v = 0 \/ meaning j v = 1)%Z.
Proof.
  destruct k, v as [[|[|c]]| | | | | | | | | | |]; cbn [fetched meaning]; try discriminate; auto using input_bit,
    got_bit,
    found_bit, found_zero_bit, z_of_bit.
Qed.
Lemma fetched_meaning v v' : fetched k v = Some v' ->
  meaning r v' = match chosen k r with Some j => meaning j v | None => 0%Z end.
Proof.
  destruct k, v as [[|[|c]]| | | | | | | | | | |]; cbn [fetched]; try discriminate; intros [= <-]; reflexivity.
Qed.

(** What it returns is near the variable that the check says. *)
Theorem fetched_near lo stop v v' i : asks q two l p keys k (of_keys (scores st seen h)) = Some (lo, stop) ->
  readable two l lo stop v = true -> fetched k v = Some v' ->
  (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) ->
  near (meaning r v') (attend h ks x i) /\ (meaning r v' = 0 \/ meaning r v' = 1)%Z.
Proof.
  intros Hasks Hread Hf Hv. assert (Hbit := fun j => fetched_bit v v' j Hf).
  rewrite (fetched_meaning v v' Hf).
  split; [|destruct (chosen k r); auto].
  unfold asks in Hasks. set (sc := of_keys (scores st seen h)) in *.
  destruct (find _ (seq 0 p)) as [lo'|] eqn:Elo; [|discriminate].
  apply find_some in Elo as [Elo _]. apply in_seq in Elo.
  set (stop' := match find _ _ with Some t => t | None => p end) in *.
  assert (Hstop : (lo' <= stop' <= p)%nat).
  { unfold stop'. destruct (find _ (seq lo' (p - lo'))) as [t|] eqn:E; [|lia]. apply find_some in E as [E _].
    apply in_seq in E. lia. }
  set (A := coef pair_dec sc (V One, V (flag q two k))) in *. set (B := coef pair_dec sc (V One, V (In 1))) in *.
  set (c := (- coef pair_dec sc (V One, V (Place lo')))%Z) in *.
  cbv zeta in Hasks. set (size := (2 ^ Z.of_nat (stop' - lo'))%Z) in *.
  set (g := if (stop' <? p)%nat then (coef pair_dec sc (V (known two l k stop'), V (Place stop')) / 2)%Z else 0%Z) in
    *.
  set (w := match k with Partner => _ | Readout => match q with Orthogonal => _ | _ => _ end end) in Hasks.
  set (reach := (w * spread q l k)%Z) in *.
  set (u := Z.min (A - reach - c * (size - 1) - Z.max B 0) (B - reach)) in *.
  destruct (_ && _)%bool eqn:C in Hasks; [|discriminate]. injection Hasks as -> ->.
  rewrite !andb_true_iff, orb_true_iff, !Z.leb_le, !Z.ltb_lt, Z.eqb_eq, Nat.leb_le in C.
  destruct C as [[[[[[Hag Hw] Hg] Hc] Hlevel] Hsize] Hlight].
  set (S := priority A B w g c lo stop).
  assert (HS : forall j, eval (product_value j) sc = IZR (S j)).
  { intros j. rewrite (agree_eval _ _ (product_value j) _ _ Hag). apply priorities_eval. }
  assert (Hcount : forall f, (length (filter f (seq 0 r)) <= r)%nat).
  { intros f. rewrite <- (seq_length r 0) at 2. apply filter_shorter. }
  assert (Hrange : forall j, (0 <= number lo (stop - lo) j < size)%Z) by (intros; apply number_range).
  assert (Hreach : forall j j', (w * (merit k r j - merit k r j') <= reach)%Z).
  { intros j j'. unfold reach. apply Z.mul_le_mono_nonneg_l; [lia|apply merit_gap]. }
  assert (Hg0 : (0 <= g)%Z) by (destruct Hg as [Hg|Hg]; [unfold g; destruct (Nat.ltb_spec stop p); lia | lia]).
  destruct (chosen k r) as [j0|] eqn:Ec.
  - (* the best of the keys that are flagged *)
    destruct (chosen_some k r j0 Ec) as (Hj0 & Hfl & Hbest).
    set (W := (w / Z.gcd w g)%Z). set (G := (g / Z.gcd w g)%Z). set (M := (Z.gcd w g / c)%Z).
    assert (Hd : (0 < Z.gcd w g)%Z).
    { pose proof (Z.gcd_nonneg w g). destruct (Z.eq_dec (Z.gcd w g) 0) as [E|]; [|lia].
      apply Z.gcd_eq_0_l in E. lia. }
    assert (EW : w = (Z.gcd w g * W)%Z).
    { apply Z_div_exact_full_2; [lia|]. apply Z.mod_divide; [lia|apply Z.gcd_divide_l]. }
    assert (EG : g = (Z.gcd w g * G)%Z).
    { apply Z_div_exact_full_2; [lia|]. apply Z.mod_divide; [lia|apply Z.gcd_divide_r]. }
    assert (EM : Z.gcd w g = (c * M)%Z) by (apply Z.div_exact; lia).
    assert (HW : (0 < W)%Z) by (apply (factor_pos (Z.gcd w g)); lia).
    assert (HM : (size <= M)%Z) by (apply (Z.mul_le_mono_pos_l _ _ c); lia).
    assert (HG0 : (0 <= G)%Z) by (apply (factor_nonneg (Z.gcd w g)); lia).
    set (major j := (W * merit k r j + G * missed k r stop j)%Z).
    set (code j := (M * major j + number lo (stop - lo) j)%Z).
    assert (Hcode : forall j, (j < r)%nat -> flagged k j = 1%Z -> (S j = A - c * code j)%Z).
    { intros j Hj E. unfold S, priority, code, major. rewrite E, (flagged_not_start k j) by auto.
      rewrite EW at 1. rewrite EG at 2. rewrite EM. ring. }
    assert (Hmajor : forall j, (j < r)%nat -> flagged k j = 1%Z -> (major j0 <= major j /\
      (major j0 = major j -> merit k r j0 = merit k r j /\ number stop (p - stop) j0 = number stop (p - stop) j))%Z).
    { intros j Hj E. destruct (missed_least k r stop j0 j Ec) as [M1 M2]. pose proof (Hbest j Hj E) as Hb.
      destruct (least_sum W G (merit k r j) (merit k r j0) (missed k r stop j) (missed k r stop j0)) as [L1 L2];
        auto; [lia|]. unfold major. split; [exact L1|]. intros Em. destruct (L2 Em) as [L3 L4]. split; [exact L3|].
      destruct Hg as [Hg|Hg].
      - apply Nat.sub_0_le in Hg. rewrite Hg. reflexivity.
      - apply M2, L4, (factor_pos (Z.gcd w g)); [exact Hd | now rewrite <- EG]. }
    assert (Hdigit : forall j, (j < r)%nat -> flagged k j = 1%Z -> major j0 = major j ->
      (number lo (stop - lo) j0 <= number lo (stop - lo) j)%Z).
    { intros j Hj E Em. destruct (Hmajor j Hj E) as [_ Hsame]. destruct (Hsame Em) as [E1 E2].
      pose proof (Hbest j Hj E) as Hb. assert (Hi : (index j0 <= index j)%Z) by lia.
      rewrite !(index_split lo stop), E2 in Hi by lia. eapply least_digit; [..|exact Hi]; apply number_range. }
    assert (Hle : forall j, (j < r)%nat -> flagged k j = 1%Z -> (code j0 <= code j)%Z).
    { intros j Hj E. destruct (Hmajor j Hj E) as [M1 _]. unfold code. apply (least_code M size); auto. }
    assert (Hsame : forall j j', code j = code j' -> number lo (stop - lo) j = number lo (stop - lo) j' /\
      major j = major j').
    { intros j j' E. unfold code in E. rewrite (Z.add_comm (_ * _)), (Z.add_comm (_ * major j')) in E.
      apply pair_same in E; auto; [pose proof (Hrange j)|pose proof (Hrange j')]; lia. }
    assert (Hread0 : forall j, (j < r)%nat -> flagged k j = 1%Z -> code j = code j0 -> meaning j v = meaning j0 v).
    { intros j Hj E Ecode. destruct (Hsame _ _ Ecode) as [E1 E2]. destruct (Hmajor j Hj E) as [_ Hm].
      destruct (Hm (eq_sym E2)) as [_ E3]. unfold readable in Hread. apply orb_true_iff in Hread as [Hlo|Hlo].
      - apply Nat.eqb_eq in Hlo. subst lo. f_equal. apply (Hinj k); auto; try (now apply flagged_side).
        rewrite !(index_split 0 stop), E1, E3 by lia. reflexivity.
      - destruct v as [d| | | | | | | | | | |]; try discriminate. apply andb_true_iff in Hlo as [H1 H2].
        apply Nat.leb_le in H1. apply Nat.ltb_lt in H2. cbn [meaning].
        replace d with (inputs + l + (d - inputs - l))%nat by (clear - H1; lia).
        apply (number_bits (stop - lo) lo); [exact E1|clear - H1 H2 Hstop; lia]. }
    apply (attend_majority S v i j0); auto.
    set (other j := Z.to_nat (number 0 lo j + 2 ^ Z.of_nat lo * number stop (p - stop) j)).
    assert (Hother : forall j, (0 <= number 0 lo j + 2 ^ Z.of_nat lo * number stop (p - stop) j <
      2 ^ Z.of_nat (p - (stop - lo)))%Z).
    { intros j. replace (p - (stop - lo))%nat with (lo + (p - stop))%nat by lia.
      rewrite Nat2Z.inj_add, Z.pow_add_r by lia. apply pair_range; apply number_range. }
    apply (light_keys r S j0 _ (fun j => (flagged k j =? 1)%Z) (fun j => Z.to_nat (code j - code j0)) other
      keys c u (2 ^ Z.of_nat (p - (stop - lo)))%Z); auto.
    + apply NoDup_filter, seq_NoDup.
    + intros j Hj E. apply filter_In in Hj as [Hj Hd']. apply in_seq in Hj. apply Z.eqb_eq in E.
      pose proof (Hle j ltac:(lia) E). assert (code j <> code j0).
      { intros Ecode. unfold differs in Hd'. rewrite (Hread0 j ltac:(lia) E Ecode), Z.eqb_refl in Hd'. discriminate. }
      rewrite (Hcode j ltac:(lia) E), (Hcode j0 Hj0 Hfl). split; [|split]; try lia.
      destruct (Hother j) as [O1 O2]. unfold other. now rewrite Z2Nat.id.
    + intros a b Ha Hb Ea Eb Ez Eo. apply filter_In in Ha as [Ha _], Hb as [Hb _]. apply in_seq in Ha, Hb.
      apply Z.eqb_eq in Ea, Eb. pose proof (Hle a ltac:(lia) Ea) as La. pose proof (Hle b ltac:(lia) Eb) as Lb.
      destruct (Hsame a b) as [E1 _]; [clear - La Lb Ez; lia|].
      apply Z2Nat.inj in Eo; try apply Hother. apply pair_same in Eo as [E2 E3]; try apply number_range.
      apply (Hinj k); try lia; try (now apply flagged_side). now rewrite !(index_split lo stop), E1, E2, E3 by lia.
    + intros j Hj E. apply Z.eqb_neq in E. destruct (flagged_bit k j) as [E0|]; [|contradiction].
      unfold S, priority. rewrite E0, Hfl, (flagged_not_start k j0) by auto.
      pose proof (Hreach j0 j). destruct (missed_least k r stop j0 j Ec) as [M1 _].
      pose proof (Hrange j). pose proof (Hrange j0).
      assert (B * input j 1 <= Z.max B 0)%Z by (destruct (input_bit j 1) as [-> | ->]; lia).
      assert (u <= A - reach - c * (size - 1) - Z.max B 0)%Z by apply Z.le_min_l.
      assert (g * missed k r stop j0 <= g * missed k r stop j)%Z by now apply Z.mul_le_mono_nonneg_l.
      assert (c * number lo (stop - lo) j0 <= c * (size - 1))%Z by (apply Z.mul_le_mono_nonneg_l; lia).
      assert (0 <= c * number lo (stop - lo) j)%Z by (apply Z.mul_nonneg_nonneg; lia). lia.
    + apply Z.pow_nonneg. lia.
  - (* none is flagged: START *)
    destruct (Nat.lt_ge_cases start r) as [Hs|Hs].
    2:{ apply (attend_zero v); auto. intros j Hj. apply (start_values v v'); auto. lia. }
    replace 0%Z with (meaning start v) by (now apply (start_values v v')).
    apply (attend_majority S v i start); auto.
    apply (light_keys r S start _ (fun _ => false) (fun _ => 0%nat) (fun _ => 0%nat) keys c u
      (2 ^ Z.of_nat (p - (stop - lo)))%Z); auto; try discriminate.
    + apply NoDup_filter, seq_NoDup.
    + intros j Hj _. apply filter_In in Hj as [Hj Hd']. apply in_seq in Hj.
      assert (j <> start)%nat by (intros ->; unfold differs in Hd'; rewrite Z.eqb_refl in Hd'; discriminate).
      unfold S, priority. rewrite !(chosen_none k r Ec), !Hstart, Nat.eqb_refl by lia.
      destruct (Nat.eqb_spec j start); [lia|]. pose proof (Hreach start j).
      pose proof (missed_none k r stop j Ec). pose proof (Hrange j).
      assert (E0 : number lo (stop - lo) start = 0%Z /\ missed k r stop start = 0%Z).
      { assert (Hz : forall t, input start (inputs + l + t) = 0%Z) by (intros t; apply Hquiet; [lia | rewrite <-
        Nat.add_assoc; apply inputs_big]).
        unfold number, missed. split; rewrite (zsum_ext _ (fun _ => 0%Z)); try (rewrite zsum_const; lia);
          intros t _; rewrite Hz; ring. }
      destruct E0 as [-> ->]. assert (u <= B - reach)%Z by apply Z.le_min_r.
      assert (0 <= g * missed k r stop j)%Z by now apply Z.mul_nonneg_nonneg.
      assert (0 <= c * number lo (stop - lo) j)%Z by (apply Z.mul_nonneg_nonneg; lia). lia.
    + apply Z.pow_nonneg. lia.
Qed.
End Finds.

(** The head of a decision: START, or a document of less cost. *)
Theorem met_near c v i : compares q two l keys c (of_keys (scores st seen h)) = true -> v = Second two ->
  (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) ->
  near (meaning r (Met c)) (attend h ks x i).
Proof.
  intros H -> Hv. unfold compares in H. set (sc := of_keys (scores st seen h)) in *.
  set (A := coef pair_dec sc (V One, V (Second two))) in *. set (B := coef pair_dec sc (V One, V (In 1))) in *.
  set (w := (- sign q * coef pair_dec sc (V (Bit 0), V (Bit 0)) / square q)%Z) in *.
  cbv zeta in H. set (u := Z.min (A - B - w * c) (w * (c + 1) - (A - B))) in *.
  set (floor := match q with FarthestPair | MaxIP => (w * Z.of_nat l)%Z | _ => 0%Z end) in *.
  rewrite !andb_true_iff, Z.ltb_lt, Z.leb_le in H. destruct H as [[[Hag Hw] HB] Hlight].
  set (S j := (A * input j second_flag + B * input j 1 - w * merit Partner r j + w * ones r * input j 1)%Z).
  assert (HS : forall j, eval (product_value j) sc = IZR (S j)).
  { intros j. rewrite (agree_eval _ _ (product_value j) _ _ Hag), !eval_cons, eval_app, objective_eval, !one_eval.
    assert (HO : eval (product_value j) (start_ones q two l w) = IZR (w * ones r * input j 1)).
    { unfold start_ones, ones, eval. rewrite sum_map.
      rewrite (sum_ext _ (fun d => IZR (w * sign q * input j 1 * count q (input r (inputs + d)) 0))).
      - rewrite zsum_sum, zsum_scal. f_equal. ring.
      - intros d _. cbn [fst snd]. unfold product_value. cbn [fst snd term_value meaning Check.Bit].
        rewrite <- !mult_IZR. f_equal. unfold linear, count.
        destruct q, (input_bit r (inputs + d)) as [-> | ->];
          try change (Z.abs (1 - 0)) with 1%Z; try change (Z.abs (0 - 0)) with 0%Z; ring. }
    rewrite HO, <- !mult_IZR, <- !plus_IZR. f_equal. unfold S. cbn [meaning Second]. ring. }
  assert (Hbit : forall j, (meaning j (Second two) = 0 \/ meaning j (Second two) = 1)%Z) by (intros; apply input_bit).
  assert (Hdoc : forall j, input j second_flag = 1%Z -> (S j = A - w * cost r j + w * ones r)%Z).
  { intros j Hj. unfold S. rewrite Hj, (cost_merit r j), (flagged_not_start Partner j Hj). ring. }
  assert (Hz : forall c, (2 <= c)%nat -> input start c = 0%Z) by (intros; now apply Hquiet).
  assert (H0 : (S start = B + w * ones r)%Z).
  { unfold S, merit. rewrite (Hz second_flag second_big), Hstart.
    rewrite (zsum_ext _ (fun _ => 0%Z)), zsum_const by (intros d _; rewrite Hz by apply inputs_big; ring).
    rewrite Nat.eqb_refl. ring. }
  cbn [meaning].
  destruct (met c r) eqn:M.
  - unfold met in M. apply existsb_exists in M as (j0 & Hj0 & M). apply in_seq in Hj0.
    apply andb_true_iff in M as [M1 M2]. apply Z.eqb_eq in M1. apply Z.leb_le in M2.
    change (z_of true) with 1%Z. rewrite <- M1. apply (all_low S (Second two) i j0 u); auto; [lia|].
    intros j Hj Hd. cbn [meaning Second] in Hd. rewrite M1 in Hd.
    destruct (input_bit j second_flag) as [Ej|]; [|contradiction]. rewrite (Hdoc j0 M1).
    assert (u <= A - B - w * c)%Z by apply Z.le_min_l.
    assert (w * cost r j0 <= w * c)%Z by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (S j <= B + w * ones r)%Z; [|lia].
    unfold S. rewrite Ej, Hstart. destruct (Nat.eqb_spec j start) as [->|Nj].
    + rewrite <- H0. unfold S. rewrite (Hz second_flag second_big), Hstart, Nat.eqb_refl. lia.
    + assert (Hf : (0 <= floor + w * ones r + w * merit Partner r j)%Z); [|lia].
      apply floor_enough. lia.
  - change (z_of false) with 0%Z.
    destruct (Nat.lt_ge_cases start r) as [Hsr|Hsr].
    2:{ apply (attend_zero (Second two)); auto. intros j Hj. cbn [meaning Second].
    apply Hquiet; [lia|apply second_big]. }
    replace 0%Z with (meaning start (Second two)) by (cbn [meaning Second]; apply Hz, second_big).
    apply (all_low S (Second two) i start u); auto. intros j Hj Hd. cbn [meaning Second] in Hd.
    rewrite (Hz second_flag second_big) in Hd.
    destruct (input_bit j second_flag) as [|Ej]; [contradiction|]. rewrite (Hdoc j Ej), H0.
    assert (c < cost r j)%Z.
    { destruct (Z.lt_ge_cases c (cost r j)); auto. exfalso. unfold met in M.
      assert (F : existsb (fun k => (input k second_flag =? 1) && (cost r k <=? c))%Z (seq 0 r) = true);
        [|congruence].
      apply existsb_exists. exists j. split; [apply in_seq; lia|]. apply andb_true_iff.
      now rewrite Z.eqb_eq, Z.leb_le. }
    assert (u <= w * (c + 1) - (A - B))%Z by apply Z.le_min_r.
    assert (w * (c + 1) <= w * cost r j)%Z by (apply Z.mul_le_mono_nonneg_l; lia). lia.
Qed.
Theorem any_near c v i : votes keys c (of_keys (scores st seen h)) = true -> v = Hit c ->
  (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) ->
  near (meaning r (AnyHit c)) (attend h ks x i).
Proof.
  intros H -> Hv. unfold votes in H. set (sc := of_keys (scores st seen h)) in *.
  set (A := coef pair_dec sc (V One, V (Hit c))) in *. apply andb_true_iff in H as [Hag Hlight].
  set (S j := (A * hit c j)%Z).
  assert (HS : forall j, eval (product_value j) sc = IZR (S j)).
  { intros j. rewrite (agree_eval _ _ (product_value j) _ _ Hag), eval_cons, one_eval, <- mult_IZR.
    unfold eval. cbn [sum fold_right]. apply Rplus_0_r. }
  assert (Hbit : forall j, (meaning j (Hit c) = 0 \/ meaning j (Hit c) = 1)%Z) by (intros; apply hit_bit).
  cbn [meaning].
  destruct (any_hit c r) eqn:M; unfold any_hit in M.
  - apply existsb_exists in M as (j0 & Hj0 & M). apply in_seq in Hj0. apply Z.eqb_eq in M.
    change (z_of true) with 1%Z. rewrite <- M. apply (all_low S (Hit c) i j0 A); auto; [lia|].
    intros j Hj Hd. cbn [meaning] in Hd. rewrite M in Hd. unfold S. rewrite M.
    destruct (hit_bit c j) as [-> |]; [lia|contradiction].
  - assert (Hnot : forall j, (j < r)%nat -> hit c j = 0%Z).
    { intros j Hj. destruct (hit_bit c j) as [|E1]; auto. exfalso.
      assert (F : existsb (fun k => hit c k =? 1)%Z (seq 0 r) = true); [|congruence].
      apply existsb_exists. exists j. split; [apply in_seq; lia|]. now apply Z.eqb_eq. }
    change (z_of false) with 0%Z. now apply (attend_zero (Hit c)).
Qed.

(** What a head returns is near the variable that the check says. *)
Theorem reads_near a may v v' i : reads q two l p keys a (of_keys (scores st seen h)) = Some may -> may v = Some v' ->
  (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) ->
  near (meaning r v') (attend h ks x i) /\ (meaning r v' = 0 \/ meaning r v' = 1)%Z.
Proof.
  intros H Hm Hv. destruct a as [k|c|c]; cbn [reads] in H.
  - destruct (asks q two l p keys k (of_keys (scores st seen h))) as [[lo stop]|] eqn:Ha; [|discriminate].
    injection H as <-. cbv beta in Hm. destruct (readable two l lo stop v) eqn:Rv; [|discriminate].
    now apply (fetched_near k lo stop v v' i).
  - destruct (compares q two l keys c _) eqn:Hc; [|discriminate]. injection H as <-. cbv beta in Hm.
    destruct (is var_dec v (Second two)) eqn:Ev; [|discriminate]. apply is_true in Ev. injection Hm as <-.
    split; [now apply (met_near c v)|apply z_of_bit].
  - destruct (votes keys c _) eqn:Hc; [|discriminate]. injection H as <-. cbv beta in Hm.
    destruct (is var_dec v (Hit c)) eqn:Ev; [|discriminate]. apply is_true in Ev. injection Hm as <-.
    split; [now apply (any_near c v)|apply z_of_bit].
Qed.
End Head.

(** If the check says what the dimensions become, they become that. *)
Theorem attention_sound keys a st seen b st' ks x r start :
  attention q two l p keys a st seen b = Some st' -> length ks = r -> Z.of_nat r <= keys ->
  holds (meaning r) st x -> (forall j, (j < r)%nat -> holds (meaning j) seen (nth j ks zero)) ->
  (forall k j j', (j < r)%nat -> (j' < r)%nat -> input j (side k) = 1 -> input j' (side k) = 1 -> index j = index j'
    ->
    j = j') -> (forall j, input j 1 = if (j =? start)%nat then 1 else 0) ->
  (forall j c, (j <= start)%nat -> (2 <= c)%nat -> input j c = 0) ->
  length st' = length st /\ holds (meaning r) st' (mix b ks x).
Proof.
  intros Ha Hr Hn Hx Hk Hinj Hstart Hquiet. unfold attention in Ha. unfold mix.
  destruct (heads b) as [|h [|]]; [|destruct (reads _ _ _ _ _ _ _) as [may|] eqn:Hreads; [|discriminate];
    destruct (_ <=? _)%nat eqn:Hlen; [|discriminate]|discriminate].
  - inversion Ha; subst. split; auto. intros d. cbn [sum fold_right]. rewrite Rplus_0_r. apply Hx.
  - apply Nat.leb_le in Hlen.
    apply all_map_spec in Ha as [Hl Hs]. split; auto. intros d. cbn [sum fold_right]. rewrite Rplus_0_r.
    pose proof (Hx d) as Hd. destruct (Nat.lt_ge_cases d (length st)) as [Hlt|Hge].
    + specialize (Hs d Zero Hlt). unfold returned in Hs. unfold apply at 1.
      destruct (nth d (output h) []) as [|[i c] row].
      * inversion Hs. unfold dot. cbn [sum fold_right]. rewrite Rplus_0_r. exact Hd.
      * destruct c as [|[| |]|]; try discriminate. destruct row; try discriminate.
        destruct (nth d st Zero); try discriminate. destruct (normal_form _) as [|[[v|] c] t] eqn:Ef;
          try discriminate.
        destruct c as [|[| |]|]; try discriminate. destruct t; try discriminate.
        destruct (may v) as [v'|] eqn:Fv; [|discriminate]. inversion Hs as [E]. cbn [represents] in *.
        rewrite Hd.
        unfold dot. cbn [sum fold_right fst snd].
        match goal with |- near _ (0 + (1 * ?y + 0))%R /\ _ => replace (0 + (1 * y + 0))%R with y by (simpl;
          ring) end.
        apply (reads_near keys st seen h ks x r start) with (a := a) (may := may) (v := v); auto.
        intros j Hj. unfold apply. rewrite <- (form_of_eval _ _ _ _ (Hk j Hj)),
          <- (normal_form_eval (meaning j) (nth j ks zero)), Ef.
        unfold eval. cbn [sum fold_right fst snd term_value]. simpl. ring.
    + rewrite (nth_overflow st') by lia. rewrite (nth_overflow st) in Hd by lia. cbn [represents] in *. rewrite Hd.
      unfold apply at 1. rewrite (nth_overflow (output h)) by lia. unfold dot; simpl; ring.
Qed.
End Env.
