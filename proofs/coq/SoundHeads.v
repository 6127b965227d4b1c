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

    Row r of the sequence s. Its partner is the document below r of least cost, and of these that of least index: START,
    PAD and READ have one too, as if they were documents of zeros, so that one state holds for all rows. *)

Section Env.
Variables (q : question) (l p : nat) (s : list token).
Definition input (k c : nat) : Z := signal l (nth k s Pad) c.
Definition index (k : nat) : Z := zsum (fun t => 2 ^ Z.of_nat t * input k (3 + l + t)) (seq 0 p).
Definition cost (r k : nat) : Z := sign q * zsum (fun d => count q (input r (3 + d)) (input k (3 + d))) (seq 0 l).
Definition partner (r : nat) : option nat :=
  argmin (fun k => power p * cost r k + index k) (filter (fun k => input k 2 =? 1) (seq 0 r)).
Definition got (r c : nat) : Z := match partner r with Some k => input k c | None => 0 end.
Definition worth (r : nat) : Z := zsum (fun d => count q (input r (3 + d)) (got r (3 + d))) (seq 0 l).
Definition found (r : nat) : Z := input r 2 * got r 2.
Definition best (r : nat) : option nat :=
  argmin (fun k => power p * (sign q * worth k) + index k) (filter (fun k => found k =? 1) (seq 0 r)).
Fixpoint meaning (r : nat) (v : var) : Z :=
  match v with
  | In c => input r c | Got c => got r c | Found => found r | Value => worth r
  | VBit t => z_of (Z.testbit (worth r) (Z.of_nat t))
  | Best v => match best r with Some k => meaning k v | None => 0 end
  end.

Lemma z_of_bit b : z_of b = 0 \/ z_of b = 1.
Proof. destruct b; auto. Qed.
Lemma signal_bit t c : signal l t c = 0 \/ signal l t c = 1.
Proof.
  destruct c as [|[|[|d]]], t; simpl; auto. unfold binary. destruct (d <? l)%nat; apply z_of_bit.
Qed.
Lemma input_bit k c : input k c = 0 \/ input k c = 1.
Proof. apply signal_bit. Qed.
Lemma got_bit k c : got k c = 0 \/ got k c = 1.
Proof. unfold got. destruct (partner k); auto. apply input_bit. Qed.
Lemma found_bit k : found k = 0 \/ found k = 1.
Proof. unfold found. destruct (input_bit k 2) as [-> | ->], (got_bit k 2) as [-> | ->]; auto. Qed.
Lemma index_range k : 0 <= index k < power p.
Proof.
  split; unfold index.
  - apply zsum_pos. intros t _. destruct (input_bit k (3 + l + t)) as [-> | ->];
    pose proof (Z.pow_nonneg 2 (Z.of_nat t)); lia.
  - apply Z.le_lt_trans with (zsum (fun t => 2 ^ Z.of_nat t) (seq 0 p)).
    + apply zsum_le. intros t _. destruct (input_bit k (3 + l + t)) as [-> | ->];
      pose proof (Z.pow_nonneg 2 (Z.of_nat t)); lia.
    + rewrite pow_sum. unfold power. lia.
Qed.
Lemma worth_range k : 0 <= worth k <= Z.of_nat l.
Proof.
  unfold worth. split; [apply zsum_pos; intros; destruct (input_bit k (3 + a)) as [-> | ->],
    (got_bit k (3 + a)) as [-> | ->]; unfold count; destruct q; lia|].
  apply Z.le_trans with (zsum (fun _ : nat => 1) (seq 0 l)); [|rewrite zsum_const, seq_length; lia].
  apply zsum_le. intros d _. destruct (input_bit k (3 + d)) as [-> | ->], (got_bit k (3 + d)) as [-> | ->];
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
  - destruct (best k); auto. lia.
Qed.
Lemma meaning_consistent k : consistent q l (meaning k).
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
Qed.
Lemma unflagged k c : input k 2 = 0 -> input k (S (S c)) = 0.
Proof. unfold input. destruct (nth k s Pad), c; simpl; congruence. Qed.
Lemma flagged_not_start k : input k 2 = 1 -> input k 1 = 0.
Proof. unfold input. destruct (nth k s Pad); simpl; congruence. Qed.

(** * What a head prefers

    Of the keys that are flagged, that of least [merit], which is the cost but for what the row r itself adds. *)

Definition flagged (k : kind) (j : nat) : Z := match k with Partner => input j 2 | Readout => found j end.
Definition merit (k : kind) (r j : nat) : Z :=
  match k with
  | Partner => sign q * zsum (fun d => (linear q + square q * input r (3 + d)) * input j (3 + d)) (seq 0 l)
  | Readout => sign q * worth j
  end.
Definition chosen (k : kind) (r : nat) : option nat := match k with Partner => partner r | Readout => best r end.
Definition ones (r : nat) : Z := sign q * zsum (fun d => count q (input r (3 + d)) 0) (seq 0 l).
Lemma cost_merit r j : cost r j = merit Partner r j + ones r.
Proof.
  unfold cost, merit, ones. rewrite <- Z.mul_add_distr_l, <- zsum_plus. f_equal. apply zsum_ext. intros d _.
  destruct (input_bit r (3 + d)) as [-> | ->], (input_bit j (3 + d)) as [-> | ->]; unfold count, linear, square;
    destruct q; lia.
Qed.
Lemma flagged_bit k j : flagged k j = 0 \/ flagged k j = 1.
Proof. destruct k; [apply input_bit|apply found_bit]. Qed.
Lemma flagged_doc k j : flagged k j = 1 -> input j 2 = 1.
Proof. destruct k; cbn [flagged]; auto. unfold found. destruct (input_bit j 2) as [-> | ->]; lia. Qed.
Lemma zsum_within {A} (f : A -> Z) L : (forall a, -1 <= f a <= 1) ->
  - Z.of_nat (length L) <= zsum f L <= Z.of_nat (length L).
Proof.
  intros H. induction L as [|a L IH]; [simpl; lia|]. cbn [zsum fold_right length]. specialize (H a).
  unfold zsum in IH. lia.
Qed.
Lemma merit_gap k r j0 j : flagged k j = 0 -> merit k r j0 - merit k r j <= Z.of_nat l.
Proof.
  destruct k; cbn [merit flagged]; intros H.
  - replace (zsum (fun d => (linear q + square q * input r (3 + d)) * input j (3 + d)) (seq 0 l)) with 0.
    + set (f := fun d => (linear q + square q * input r (3 + d)) * input j0 (3 + d)).
      pose proof (zsum_within f (seq 0 l)) as HW. unfold f in HW. rewrite seq_length in HW. unfold f.
      assert (forall a, -1 <= (linear q + square q * input r (3 + a)) * input j0 (3 + a) <= 1).
      { intros d. destruct (input_bit r (3 + d)) as [-> | ->], (input_bit j0 (3 + d)) as [-> | ->];
        unfold linear, square; destruct q; lia. }
      specialize (HW H0). unfold sign; destruct q; lia.
    + symmetry. rewrite (zsum_ext _ (fun _ => 0)); [rewrite zsum_const; lia|]. intros d _. cbn [Nat.add].
      rewrite (unflagged j (S d) H). lia.
  - pose proof (worth_range j0). pose proof (worth_range j). unfold sign; destruct q; lia.
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

(** * One head: its score is what the check rebuilds, so [select] applies *)

Section Head.
Variables (max_n : Z) (k : kind) (st seen : state) (h : head) (xs : list vec) (r : nat).
Hypothesis Hr : (r < length xs)%nat.
Hypothesis Hn : Z.of_nat r <= max_n + 1.
Let x := nth r xs zero.
Let key_of j := nth j xs zero.
Hypothesis Hx : holds (meaning r) st x.
Hypothesis Hk : forall j, (j < r)%nat -> holds (meaning j) seen (key_of j).
Hypothesis Hinj : forall j j', (j < r)%nat -> (j' < r)%nat -> input j 2 = 1 -> input j' 2 = 1 ->
  index j = index j' -> j = j'.
Open Scope R_scope.

Lemma firstn_nth : firstn r xs = map key_of (seq 0 r).
Proof. unfold key_of. apply first_rows. lia. Qed.
Lemma attend_eq i : attend h (firstn r xs) x i
  = sum (fun j => exp (score h x (key_of j)) * apply (value h) (key_of j) i) (seq 0 r) / sum (fun j => exp (score h
    x (key_of j))) (seq 0 r).
Proof.
  unfold attend. rewrite firstn_nth. destruct r as [|r']; [simpl; unfold Rdiv; now rewrite Rmult_0_l|].
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
  unfold product_value. cbn [fst snd term_value]. rewrite (g_one q l (meaning j) (meaning_consistent j)). simpl.
  ring.
Qed.
Definition priority (A B w c : Z) (j : nat) : Z := (A * flagged k j + B * input j 1 - w * merit k r j - c * index
  j)%Z.
Lemma priorities_eval A B w c j : eval (product_value j) (priorities q l p k A B w c) = IZR (priority A B w c j).
Proof.
  assert (H1 : forall v, product_value j (V One, V v) = IZR (meaning j v)).
  { intros v. unfold product_value. cbn [fst snd term_value].
  rewrite (g_one q l (meaning r) (meaning_consistent r)). simpl. ring. }
  assert (HI : eval (product_value j) (map (fun t => ((V One, V (Place l t)),
    (- c * 2 ^ Z.of_nat t)%Z)) (seq 0 p)) = IZR (- c * index j)).
  { unfold index. rewrite <- zsum_scal, <- zsum_sum. unfold eval. rewrite sum_map. apply sum_ext. intros t _.
  cbn [fst snd].
    rewrite H1, <- mult_IZR. f_equal. cbn [meaning Place]. ring. }
  assert (HO : eval (product_value j) (objective q l k w) = IZR (- w * merit k r j)).
  { destruct k; cbn [objective merit].
    - rewrite Z.mul_assoc, <- zsum_scal, <- zsum_sum. induction (seq 0 l) as [|d t IH]; auto. cbn [flat_map].
      rewrite eval_app, IH.
      cbn [sum fold_right]. f_equal. unfold eval. cbn [sum fold_right fst snd]. rewrite H1. unfold product_value.
      cbn [fst snd term_value].
      cbn [meaning Bit]. rewrite <- !mult_IZR, <- !plus_IZR. f_equal. ring.
    - unfold eval. cbn [sum fold_right fst snd]. rewrite H1. cbn [meaning]. rewrite Rplus_0_r, <- mult_IZR.
      f_equal. ring. }
  unfold priorities. unfold eval at 1. cbn [sum fold_right fst snd].
  fold (sum (fun e => IZR (snd e) * product_value j (fst e)) (objective q l k w ++ map (fun t : nat => (V One,
    V (Place l t), (- c * 2 ^ Z.of_nat t)%Z)) (seq 0 p))).
  fold (eval (product_value j) (objective q l k w ++ map (fun t : nat => (V One, V (Place l t),
    (- c * 2 ^ Z.of_nat t)%Z)) (seq 0 p))).
  rewrite eval_app, HI, HO, !H1, <- !mult_IZR, <- !plus_IZR. f_equal. unfold priority.
  assert (meaning j (flag k) = flagged k j) by (destruct k; reflexivity). rewrite H. cbn [meaning]. ring.
Qed.

Hypothesis Hasks : asks q l p max_n k (of_keys (scores st seen h)) = true.

(** What it returns is near the variable that the check says. *)
Theorem fetched_near v v' i : fetched k v = Some v' -> (chosen k r = None -> k = Partner) ->
  (forall j, (j < r)%nat -> apply (value h) (key_of j) i = IZR (meaning j v)) ->
  near (meaning r v') (attend h (firstn r xs) x i) /\ (meaning r v' = 0 \/ meaning r v' = 1)%Z.
Proof.
  intros Hf Hnone Hv.
  assert (Hbit : forall j, (meaning j v = 0 \/ meaning j v = 1)%Z).
  { intros j. destruct k, v as [[|[|c]]| | | | |]; cbn [fetched meaning] in *; try discriminate;
    auto using input_bit, got_bit, found_bit, z_of_bit. }
  assert (Hv' : meaning r v' = match chosen k r with Some j => meaning j v | None => 0%Z end).
  { destruct k, v as [[|[|c]]| | | | |]; cbn [fetched meaning chosen] in *; try discriminate; inversion Hf; subst;
    reflexivity. }
  destruct (chosen k r) as [j0|] eqn:Ec.
  2:{ rewrite Hv'. split; [|auto]. specialize (Hnone eq_refl). rewrite attend_eq, sum_zero.
      - unfold Rdiv. rewrite Rmult_0_l. apply near_0.
      - intros j Hj. apply in_seq in Hj. rewrite Hv by lia.
        pose proof (chosen_none k r Ec j ltac:(lia)) as E0. rewrite Hnone in Hf, E0.
        destruct v as [[|[|c]]| | | | |]; simpl in Hf; try discriminate. cbn [meaning].
        rewrite unflagged by exact E0. simpl; ring. }
  rewrite Hv'. split; [|apply Hbit].
  destruct (chosen_some k r j0 Ec) as (Hj0 & Hfl & Hbest).
  unfold asks in Hasks. set (sc := of_keys (scores st seen h)) in *.
  set (A := coef pair_dec sc (V One, V (flag k))) in *. set (B := coef pair_dec sc (V One, V (In 1))) in *.
  set (c := (- coef pair_dec sc (V One, V (Place l 0)))%Z) in *.
  set (w := match k with Partner => (- sign q * coef pair_dec sc (V (Bit 0),
    V (Bit 0)) / square q)%Z | Readout => (- sign q * coef pair_dec sc (V One, V Value))%Z end) in *.
  set (u := (A - w * Z.of_nat l - c * (power p - 1) - Z.max B 0)%Z) in *.
  rewrite !andb_true_iff, !Z.leb_le, Z.eqb_eq in Hasks. destruct Hasks as [[[[[Hag Hc] Hwc] Hw] Hu0] Hu].
  assert (Hs : forall j, (j < r)%nat -> score h x (key_of j) = common + IZR (priority A B w c j)).
  { intros j Hj. rewrite <- scores_eval, split_eval by auto. f_equal. fold sc.
    rewrite (agree_eval _ _ (product_value j) _ _ Hag). apply priorities_eval. }
  rewrite attend_eq.
  rewrite (sum_ext _ (fun j => exp common * (exp (IZR (priority A B w c j)) * IZR (meaning j v)))).
  2:{ intros j Hj. apply in_seq in Hj. rewrite Hs, Hv, exp_plus by lia. ring. }
  rewrite (sum_ext (fun j => exp (score h x (key_of j))) (fun j => exp common * exp (IZR (priority A B w c j)))).
  2:{ intros j Hj. apply in_seq in Hj. rewrite Hs, exp_plus by lia. ring. }
  rewrite !sum_scal.
  assert (Hpos : 0 < sum (fun j => exp (IZR (priority A B w c j))) (seq 0 r)).
  { destruct (seq 0 r) as [|a t] eqn:Es; [pose proof (seq_length r 0) as L; rewrite Es in L; simpl in L; lia|].
    cbn [sum fold_right]. apply Rplus_lt_le_0_compat; [apply exp_pos|].
    apply (sum_pos (fun j => exp (IZR (priority A B w c j)))). intros; apply Rlt_le, exp_pos. }
  pose proof (exp_pos common).
  match goal with |- near _ (exp common * ?n / (exp common * ?d)) => replace (exp common * n / (exp common * d))
    with (n / d) by (field; split; lra) end.
  assert (Hw1 : w = (c * (w / c))%Z) by (apply Z.div_exact; lia).
  assert (Hwp : (power p <= w / c)%Z) by (rewrite Hw1 in Hw; nia).
  assert (Hw0 : (0 <= w)%Z) by (unfold power in *; pose proof (Z.pow_nonneg 2 (Z.of_nat p)); nia).
  assert (Hshape : forall j, (j < r)%nat -> (flagged k j =? 1)%Z = true ->
    (priority A B w c j = A - c * (w / c * merit k r j + index j))%Z).
  { intros j Hj E. apply Z.eqb_eq in E. unfold priority.
  rewrite E, (flagged_not_start j) by (now apply (flagged_doc k)).
    rewrite Hw1 at 1. ring. }
  apply (select r (priority A B w c) (merit k r) index (fun j => meaning j v) (fun j => (flagged k j =? 1)%Z) A (w
    / c) c (power p) (Z.min u 64) j0); auto.
  - intros j Hj E. apply Z.eqb_neq in E. destruct (flagged_bit k j) as [E0|]; [|lia].
    unfold priority. rewrite E0, Hfl, (flagged_not_start j0) by (now apply (flagged_doc k)).
    pose proof (merit_gap k r j0 j E0). pose proof (index_range j). pose proof (index_range j0).
    assert (w * (merit k r j0 - merit k r j) <= w * Z.of_nat l)%Z by (apply Z.mul_le_mono_nonneg_l; lia).
    assert (B * input j 1 <= Z.max B 0)%Z by (destruct (input_bit j 1) as [-> | ->]; lia). unfold u in *. nia.

  - intros j Hj _. apply index_range.
  - intros j j' Hj Hj' E E'. apply Z.eqb_eq in E, E'. apply Hinj; auto; now apply (flagged_doc k).
  - lia.
  - lia.
  - now apply Z.eqb_eq.
  - intros j Hj E. apply Z.eqb_eq in E. now apply Hbest.
Qed.
End Head.

(** If the check says what the dimensions become, they become that. *)
Theorem attention_sound max_n k st seen b st' xs r :
  attention q l p max_n k st seen b = Some st' -> (r < length xs)%nat -> Z.of_nat r <= max_n + 1 ->
  holds (meaning r) st (nth r xs zero) -> (forall j, (j < r)%nat -> holds (meaning j) seen (nth j xs zero)) ->
  (forall j j', (j < r)%nat -> (j' < r)%nat -> input j 2 = 1 -> input j' 2 = 1 -> index j = index j' -> j = j') ->
  (chosen k r = None -> k = Partner) -> length st' = length st /\ holds (meaning r) st' (mix b (firstn r xs) (nth r
    xs zero)).
Proof.
  intros Ha Hr Hn Hx Hk Hinj Hnone. unfold attention in Ha. unfold mix.
  destruct (heads b) as [|h [|]]; [|destruct (andb _ _) eqn:C; [|discriminate]|discriminate].
  - inversion Ha; subst. split; auto. intros d. cbn [sum fold_right]. rewrite Rplus_0_r. apply Hx.
  - apply andb_true_iff in C as [Hasks Hlen]. apply Nat.leb_le in Hlen.
    apply all_map_spec in Ha as [Hl Hs]. split; auto. intros d. cbn [sum fold_right]. rewrite Rplus_0_r.
    pose proof (Hx d) as Hd. destruct (Nat.lt_ge_cases d (length st)) as [Hlt|Hge].
    + specialize (Hs d Zero Hlt). unfold returned in Hs. unfold apply at 1.
      destruct (nth d (output h) []) as [|[i c] row].
      * inversion Hs. unfold dot. cbn [sum fold_right]. rewrite Rplus_0_r. exact Hd.
      * destruct c as [|[| |]|]; try discriminate. destruct row; try discriminate.
        destruct (nth d st Zero); try discriminate. destruct (normal_form _) as [|[[v|] c] t] eqn:Ef;
          try discriminate.
        destruct c as [|[| |]|]; try discriminate. destruct t; try discriminate.
        destruct (fetched k v) as [v'|] eqn:Fv; [|discriminate]. inversion Hs as [E]. cbn [represents] in *.
        rewrite Hd.
        unfold dot. cbn [sum fold_right fst snd].
        match goal with |- near _ (0 + (1 * ?y + 0))%R /\ _ => replace (0 + (1 * y + 0))%R with y by (simpl;
          ring) end.
        apply (fetched_near max_n k st seen h xs r) with (v := v); auto.
        intros j Hj. unfold apply. rewrite <- (form_of_eval _ _ _ _ (Hk j Hj)),
          <- (normal_form_eval (meaning j) (nth j xs zero)), Ef.
        unfold eval. cbn [sum fold_right fst snd term_value]. simpl. ring.
    + rewrite (nth_overflow st') by lia. rewrite (nth_overflow st) in Hd by lia. cbn [represents] in *. rewrite Hd.
      unfold apply at 1. rewrite (nth_overflow (output h)) by lia. unfold dot; simpl; ring.
Qed.
End Env.
