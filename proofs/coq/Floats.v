(** Restoring a bit in floating point (theory, section 3), for every number p >= 2 of significant bits, every rounding
    that is monotone and keeps floats, and sums in any order. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz.
From Proofformer Require Import Net Softmax.
Import ListNotations.
Open Scope R_scope.

(** * What is assumed of a machine *)

(** m 2^e or m / 2^e, with |m| at most 2^p. *)
Definition is_float (p : nat) (x : R) : Prop :=
  exists (m : Z) (e : nat), (Z.abs m <= 2 ^ Z.of_nat p)%Z /\ (x = IZR m * 2 ^ e \/ x = IZR m / 2 ^ e).

(** Of those, the multiples of 2^-p up to 8: float16, bfloat16, float32 and float64 have them all. *)
Definition is_near (p : nat) (x : R) : Prop :=
  is_float p x /\ (exists k, x = IZR k / 2 ^ p) /\ -8 <= x <= 8.

(** To nearest, or toward zero, or any other. *)
Definition rounding (p : nat) (rnd : R -> R) : Prop :=
  (forall x y, x <= y -> rnd x <= rnd y) /\ (forall x, is_near p x -> rnd x = x).

(** Every term goes to one of two groups. *)
Inductive parted {A} : list A -> list A -> list A -> Prop :=
| nothing : parted [] [] []
| first x l l1 l2 : parted l l1 l2 -> parted (x :: l) (x :: l1) l2
| second x l l1 l2 : parted l l1 l2 -> parted (x :: l) l1 (x :: l2).

(** A sum in some order: of one term, itself; of more, that of two groups is rounded. *)
Inductive added (rnd : R -> R) : list R -> R -> Prop :=
| one x : added rnd [x] x
| more l l1 l2 x y : parted l l1 l2 -> added rnd l1 x -> added rnd l2 y -> added rnd l (rnd (x + y)).

(** A number of a linear layer: added up in the accumulator, in any order, and stored. *)
Definition layer (accumulate store : R -> R) (terms : list R) (y : R) : Prop :=
  exists x, added accumulate terms x /\ y = store x.

Section Machine.
Variables (p q : nat) (accumulate store : R -> R).
Hypothesis Hp : (2 <= p <= q)%nat.
Hypothesis Ha : rounding q accumulate.
Hypothesis Hs : rounding p store.

(** The hidden units of restore, the last two of restore-and alone; [v] is an exact bit. *)
Definition restores (y z : R) : Prop :=
  exists u1 u2, layer accumulate store [4 * y; -2] u1 /\ layer accumulate store [4 * y; -3] u2 /\
    layer accumulate store [relu u1; - relu u2] z.
Definition restores_and (y v z : R) : Prop :=
  exists u1 u2 u3 u4, layer accumulate store [4 * y; -2] u1 /\ layer accumulate store [4 * y; -3] u2 /\
    layer accumulate store [4 * y; - (4 * v); -2] u3 /\ layer accumulate store [4 * y; - (4 * v); -3] u4 /\
    layer accumulate store [relu u1; - relu u2; - relu u3; relu u4] z.

(** * Floats *)

Lemma power_pos k : 0 < 2 ^ k.
Proof. apply pow_lt. lra. Qed.
Lemma more_bits x : is_near p x -> is_near q x.
Proof.
  intros ((m & e & H & E) & (k & Ek) & Hx). split; [|split; auto].
  - exists m, e. split; auto. apply Z.le_trans with (2 ^ Z.of_nat p)%Z; auto. apply Z.pow_le_mono_r; lia.
  - exists (k * 2 ^ Z.of_nat (q - p))%Z. rewrite Ek, mult_IZR, <- pow_IZR.
    replace (2 ^ q) with (2 ^ p * 2 ^ (q - p)) by (rewrite <- pow_add; f_equal; lia).
    field. split; apply Rgt_not_eq, power_pos.
Qed.
Lemma near_opp x : is_near p x -> is_near p (- x).
Proof.
  intros ((m & e & H & E) & (k & Ek) & Hx). split; [|split; [|lra]].
  - exists (- m)%Z, e. rewrite Z.abs_opp, opp_IZR. split; auto.
    destruct E as [-> | ->]; [left | right]; field. apply Rgt_not_eq, power_pos.
  - exists (- k)%Z. rewrite Ek, opp_IZR. field. apply Rgt_not_eq, power_pos.
Qed.
Lemma float_4 x : is_float p x -> is_float p (4 * x).
Proof.
  intros (m & e & H & [-> | ->]).
  - exists m, (S (S e)). split; auto. left. simpl. ring.
  - destruct e as [|[|e]]; [exists m, 2%nat | exists m, 1%nat | exists m, e]; split; auto; simpl; [left | left | right];
      field; apply pow_nonzero; lra.
Qed.

(** In steps of 1/n, up to 4, and in steps of 2/n, up to 8. *)
Definition n : Z := 2 ^ (Z.of_nat p - 2).
Lemma n_pos : (1 <= n)%Z.
Proof. unfold n. assert (0 < 2 ^ (Z.of_nat p - 2))%Z by (apply Z.pow_pos_nonneg; lia). lia. Qed.
Lemma n_4 : (4 * n = 2 ^ Z.of_nat p)%Z.
Proof. unfold n. rewrite <- (Z.pow_add_r 2 2) by lia. f_equal. lia. Qed.
Lemma n_power : IZR n = 2 ^ (p - 2).
Proof. unfold n. replace (Z.of_nat p - 2)%Z with (Z.of_nat (p - 2)) by lia. now rewrite <- pow_IZR. Qed.
Lemma n_over : 2 ^ p = 4 * IZR n.
Proof. rewrite n_power. replace p with (S (S (p - 2))) at 1 by lia. simpl. ring. Qed.
Lemma in_range j : (Z.abs j <= 4 * n)%Z -> - (4 * IZR n) <= IZR j <= 4 * IZR n.
Proof. intros H. split; [rewrite <- mult_IZR, <- opp_IZR | rewrite <- mult_IZR]; apply IZR_le; lia. Qed.
Lemma float_steps j : (Z.abs j <= 4 * n)%Z -> is_near p (IZR j / IZR n).
Proof.
  intros H. pose proof n_pos as Hn. split; [exists j, (p - 2)%nat; rewrite n_power, <- n_4; auto|]. split.
  - exists (4 * j)%Z. rewrite mult_IZR, n_over. apply IZR_le in Hn. field. lra.
  - destruct (in_range j H). apply IZR_le in Hn. split; [apply le_div | apply div_le]; lra.
Qed.
Lemma float_even j : (Z.abs j <= 4 * n)%Z -> is_near p (2 * IZR j / IZR n).
Proof.
  intros H. pose proof n_pos as H1. apply IZR_le in H1. split; [|split].
  - rewrite n_power. destruct (p - 2)%nat as [|e] eqn:E.
    + exists j, 1%nat. split; [now rewrite <- n_4|]. left. simpl. field.
    + exists j, e. split; [now rewrite <- n_4|]. right. simpl. field. apply pow_nonzero. lra.
  - exists (8 * j)%Z. rewrite mult_IZR, n_over. field. lra.
  - destruct (in_range j H). split; [apply le_div | apply div_le]; lra.
Qed.
Lemma float_whole j : (Z.abs j <= 4)%Z -> is_near p (IZR j).
Proof.
  intros H. pose proof n_pos as H1. replace (IZR j) with (IZR (j * n) / IZR n).
  - apply float_steps. rewrite Z.abs_mul. rewrite (Z.abs_eq n) by lia. nia.
  - rewrite mult_IZR. field. apply IZR_le in H1. lra.
Qed.

(** Floats above 2 are in steps of 1/n, those above 4 in steps of 2/n. *)
Lemma steps_above t a : is_float p t -> (a = 0 \/ a = 1)%nat -> 2 * 2 ^ a < t -> exists k, t = 2 ^ a * IZR k / IZR n.
Proof.
  intros (m & e & Hm & E) H01 Ht. pose proof n_pos as H1. apply IZR_le in H1.
  assert (P : forall k, 0 < 2 ^ k) by (intros; apply pow_lt; lra).
  destruct E as [-> | ->].
  - destruct H01 as [-> | ->].
    + exists (m * 2 ^ Z.of_nat e * n)%Z. rewrite !mult_IZR, <- pow_IZR. cbn [pow]. field. lra.
    + destruct e as [|e].
      * cbn [pow] in Ht. destruct (p - 2)%nat as [|k] eqn:Ek.
        { exfalso. assert (n = 1)%Z by (unfold n; replace (Z.of_nat p - 2)%Z with 0%Z by lia; reflexivity).
          rewrite <- n_4 in Hm. assert (4 < m)%Z by (apply lt_IZR; lra). lia. }
        exists (m * 2 ^ Z.of_nat k)%Z. rewrite mult_IZR, <- pow_IZR, n_power, Ek. cbn [pow].
        field. apply pow_nonzero. lra.
      * exists (m * 2 ^ Z.of_nat e * n)%Z. rewrite !mult_IZR, <- pow_IZR. cbn [pow]. field. lra.
  - assert (L : (e + a <= p - 2)%nat).
    { assert (L : 2 ^ (e + a) * 2 < 2 ^ p).
      { rewrite pow_add. rewrite <- n_4 in Hm. apply Rlt_le_trans with (IZR m).
        - apply Rmult_lt_compat_r with (r := 2 ^ e) in Ht; [|apply P].
          replace (IZR m / 2 ^ e * 2 ^ e) with (IZR m) in Ht by (field; apply Rgt_not_eq, P). lra.
        - rewrite pow_IZR, <- n_4. apply IZR_le. lia. }
      apply Nat.lt_succ_r. apply Nat.nlt_ge. intros Hc. apply (Rlt_irrefl (2 ^ p)).
      eapply Rle_lt_trans; [|exact L]. rewrite Rmult_comm, tech_pow_Rmult. apply Rle_pow; [lra|lia]. }
    exists (m * 2 ^ Z.of_nat (p - 2 - (e + a)))%Z. rewrite mult_IZR, <- pow_IZR, n_power.
    replace (2 ^ (p - 2)) with (2 ^ e * 2 ^ a * 2 ^ (p - 2 - (e + a))).
    + field. repeat split; apply Rgt_not_eq, P.
    + rewrite <- !pow_add. f_equal. lia.
Qed.

(** * Sums *)

Lemma accumulated x : is_near p x -> accumulate x = x.
Proof. intros H. apply Ha, more_bits, H. Qed.
Lemma stored x : is_near p x -> store x = x.
Proof. apply Hs. Qed.

Lemma parted_part {A} (l l1 l2 a b : list A) : parted l l1 l2 -> parted l1 a b -> exists c, parted l a c.
Proof.
  intros H. revert a b. induction H as [|x l l1 l2 H IH|x l l1 l2 H IH]; intros a b Hb.
  - inversion Hb; subst. exists []. constructor.
  - inversion Hb; subst; edestruct IH as [c Hc]; eauto; eexists; constructor; eauto.
  - destruct (IH a b Hb) as [c Hc]. eexists. apply second. eauto.
Qed.
Lemma parted_other {A} (l l1 l2 : list A) : parted l l1 l2 -> parted l l2 l1.
Proof. induction 1; constructor; auto. Qed.
Lemma parted_all {A} (l : list A) : parted l l [].
Proof. induction l; constructor; auto. Qed.
Definition total (l : list R) : R := sum (fun x => x) l.
Lemma parted_total l l1 l2 : parted l l1 l2 -> total l = total l1 + total l2.
Proof. unfold total. induction 1; simpl in *; lra. Qed.

(** Where the terms of every group add up to a float, no order makes a difference. *)
Lemma added_exactly l x : added accumulate l x -> (forall a b, parted l a b -> is_near p (total a)) -> x = total l.
Proof.
  induction 1 as [x|l l1 l2 x y Hl H1 IH1 H2 IH2]; intros F; [unfold total; simpl; ring|].
  rewrite IH1, IH2, (parted_total _ _ _ Hl).
  - apply accumulated. rewrite <- (parted_total _ _ _ Hl). apply (F l []), parted_all.
  - intros a b Hb. destruct (parted_part _ _ _ _ _ (parted_other _ _ _ Hl) Hb) as [c Hc]. now apply (F a c).
  - intros a b Hb. destruct (parted_part _ _ _ _ _ Hl Hb) as [c Hc]. now apply (F a c).
Qed.
Lemma layer_exactly l y :
  layer accumulate store l y -> (forall a b, parted l a b -> is_near p (total a)) -> y = total l.
Proof.
  intros (x & Hx & ->) F. rewrite (added_exactly l x Hx F). apply stored. apply (F l []), parted_all.
Qed.

(** What two terms add up to at most, if that is a float. *)
Lemma accumulate_le x b : x <= b -> is_near p b -> accumulate x <= b.
Proof. intros H F. rewrite <- (accumulated b F). now apply Ha. Qed.
Lemma store_le x b : x <= b -> is_near p b -> store x <= b.
Proof. intros H F. rewrite <- (stored b F). now apply Hs. Qed.
Lemma added_none l x : added accumulate l x -> l <> [].
Proof.
  induction 1 as [x|l l1 l2 x y Hl H1 IH1 H2 IH2]; [easy|]. intros ->. inversion Hl; subst. auto.
Qed.
Lemma added_1 a x : added accumulate [a] x -> x = a.
Proof.
  intros H. inversion H as [|l l1 l2 y z Hl H1 H2]; subst; auto. apply added_none in H1, H2.
  inversion Hl as [|? ? ? ? Hn|? ? ? ? Hn]; subst; inversion Hn; subst; easy.
Qed.
Lemma added_2 a b x : added accumulate [a; b] x -> x = accumulate (a + b).
Proof.
  intros H. inversion H as [|l l1 l2 y z Hl H1 H2]; subst.
  pose proof (added_none _ _ H1). pose proof (added_none _ _ H2).
  inversion Hl as [|? ? ? ? Hn|? ? ? ? Hn]; subst; inversion Hn as [|? ? ? ? Hm|? ? ? ? Hm]; subst; inversion Hm; subst;
    try easy; apply added_1 in H1, H2; subst; f_equal; ring.
Qed.
Lemma added_3 a b c x : added accumulate [a; b; c] x ->
  x = accumulate (accumulate (a + b) + c) \/ x = accumulate (accumulate (a + c) + b) \/
  x = accumulate (accumulate (b + c) + a).
Proof.
  intros H. inversion H as [|l l1 l2 y z Hl H1 H2]; subst.
  pose proof (added_none _ _ H1). pose proof (added_none _ _ H2).
  inversion Hl as [|? ? ? ? Hn|? ? ? ? Hn]; subst; inversion Hn as [|? ? ? ? Hm|? ? ? ? Hm]; subst;
    inversion Hm as [|? ? ? ? Hk|? ? ? ? Hk]; subst; inversion Hk; subst; try easy;
    repeat match goal with
    | A : added _ [_] _ |- _ => apply added_1 in A
    | A : added _ [_; _] _ |- _ => apply added_2 in A
    end; subst; solve [left; f_equal; ring | right; left; f_equal; ring | right; right; f_equal; ring
      | left; f_equal; rewrite Rplus_comm; auto | right; left; f_equal; rewrite Rplus_comm; auto
      | right; right; f_equal; rewrite Rplus_comm; auto].
Qed.

(** * Restore *)

Lemma float_eq x y : is_near p x -> y = x -> is_near p y.
Proof. now intros H ->. Qed.
Lemma float_0 : is_near p 0.
Proof. apply (float_whole 0). discriminate. Qed.
Lemma float_1 : is_near p 1.
Proof. apply (float_whole 1). discriminate. Qed.

Section One.
Variable y : R.
Hypothesis Hy : is_float p y.
Hypothesis H1 : 3 / 4 <= y <= 5 / 4.
Let t := 4 * y.

Lemma float_minus c : (c = 2 \/ c = 3)%Z -> is_near p (t - IZR c).
Proof.
  intros Hc. pose proof n_pos as Hn. apply IZR_le in Hn.
  destruct (steps_above t 0 (float_4 y Hy)) as [k E]; [auto|unfold t; cbn [pow]; lra|].
  cbn [pow] in E. apply float_eq with (IZR (k - c * n) / IZR n).
  - apply float_steps. assert (E2 : IZR k = t * IZR n) by (rewrite E; field; lra).
    assert (B : 3 * IZR n <= IZR k <= 5 * IZR n) by (rewrite E2; unfold t; nra). rewrite <- !mult_IZR in B.
    destruct B as [B1 B2]. apply le_IZR in B1, B2. lia.
  - rewrite minus_IZR, mult_IZR, E. field. lra.
Qed.
Lemma near_4 : is_near p t.
Proof.
  pose proof n_pos as Hn0. pose proof Hn0 as Hn. apply IZR_le in Hn.
  destruct (steps_above t 0 (float_4 y Hy)) as [k E]; [auto|unfold t; cbn [pow]; lra|]. cbn [pow] in E.
  split; [now apply float_4|]. split; [|unfold t; lra].
  exists (4 * k)%Z. rewrite mult_IZR, n_over, E. field. lra.
Qed.
Lemma float_both : is_near p (2 * t - 5).
Proof.
  pose proof n_pos as Hn0. pose proof Hn0 as Hn. apply IZR_le in Hn.
  destruct (Rle_dec t (9 / 2)) as [Hl|Hl].
  - destruct (steps_above t 0 (float_4 y Hy)) as [k E]; [auto|unfold t; cbn [pow]; lra|].
    cbn [pow] in E. apply float_eq with (IZR (2 * k - 5 * n) / IZR n).
    + apply float_steps. assert (E2 : IZR k = t * IZR n) by (rewrite E; field; lra).
      assert (B : 3 * IZR n <= IZR k /\ 2 * IZR k <= 9 * IZR n) by (rewrite E2; unfold t; split; unfold t in Hl; nra).
      rewrite <- !mult_IZR in B. destruct B as [B1 B2]. apply le_IZR in B1, B2. lia.
    + rewrite minus_IZR, !mult_IZR, E. field. lra.
  - destruct (steps_above t 1 (float_4 y Hy)) as [k E]; [auto|cbn [pow]; lra|]. cbn [pow] in E. rewrite Rmult_1_r in E.
    assert (E2 : 2 * IZR k = t * IZR n) by (rewrite E; field; lra).
    assert (B : 9 * IZR n < 4 * IZR k /\ 2 * IZR k <= 5 * IZR n) by (split; [nra | rewrite E2; unfold t; nra]).
    rewrite <- !mult_IZR in B. destruct B as [B1 B2]. apply lt_IZR in B1. apply le_IZR in B2.
    destruct (Nat.eq_dec p 2) as [E3|E3].
    { exfalso. unfold n in *. rewrite E3 in *. change (2 ^ (Z.of_nat 2 - 2))%Z with 1%Z in *. lia. }
    assert (E4 : (n = 2 * 2 ^ (Z.of_nat p - 3))%Z).
    { unfold n. rewrite <- (Z.pow_succ_r 2) by lia. f_equal. lia. }
    apply float_eq with (2 * IZR (2 * k - 5 * 2 ^ (Z.of_nat p - 3)) / IZR n).
    + apply float_even. lia.
    + assert (En : IZR n = 2 * IZR (2 ^ (Z.of_nat p - 3))) by (rewrite E4 at 1; apply mult_IZR).
      rewrite minus_IZR, !mult_IZR, E, En. field.
      apply not_0_IZR. assert (0 < 2 ^ (Z.of_nat p - 3))%Z by (apply Z.pow_pos_nonneg; lia). lia.
Qed.
End One.

Lemma layer_2 a b u : layer accumulate store [a; b] u -> u = store (accumulate (a + b)).
Proof. intros (x & Hx & ->). now rewrite (added_2 a b x). Qed.

Lemma hidden_off y c u : y <= 1 / 2 -> 2 <= c -> layer accumulate store [4 * y; - c] u -> relu u = 0.
Proof.
  intros Hy Hc H. apply layer_2 in H. subst u. unfold relu. apply Rmax_left.
  apply store_le; [|apply float_0]. apply accumulate_le; [lra|apply float_0].
Qed.
Lemma hidden_on y c u : is_float p y -> 3 / 4 <= y <= 5 / 4 -> (c = 2 \/ c = 3)%Z ->
  layer accumulate store [4 * y; - IZR c] u -> relu u = 4 * y - IZR c.
Proof.
  intros Fy Hy Hc H. apply layer_2 in H. pose proof (float_minus y Fy Hy c Hc) as F.
  rewrite accumulated, stored in H by exact F. subst u. unfold relu. apply Rmax_right. destruct Hc as [-> | ->]; lra.
Qed.

Theorem restore_zero y z : y <= 1 / 2 -> restores y z -> z = 0.
Proof.
  intros Hy (u1 & u2 & H1 & H2 & Hz). apply layer_2 in Hz.
  rewrite (hidden_off y 2 u1 Hy ltac:(lra) H1), (hidden_off y 3 u2 Hy ltac:(lra) H2) in Hz.
  rewrite Ropp_0, Rplus_0_r, accumulated, stored in Hz by apply float_0. exact Hz.
Qed.
Theorem restore_one y z : is_float p y -> 3 / 4 <= y <= 5 / 4 -> restores y z -> z = 1.
Proof.
  intros Fy Hy (u1 & u2 & H1 & H2 & Hz). apply layer_2 in Hz.
  rewrite (hidden_on y 2 u1 Fy Hy (or_introl eq_refl) H1), (hidden_on y 3 u2 Fy Hy (or_intror eq_refl) H2) in Hz.
  replace (4 * y - 2 + - (4 * y - 3)) with 1 in Hz by ring.
  rewrite accumulated, stored in Hz by apply float_1. exact Hz.
Qed.

(** * Restore and AND with an exact bit *)

Lemma float_minus_6 : is_near p (-6).
Proof.
  pose proof n_pos as H1. apply float_eq with (2 * IZR (-3 * n) / IZR n).
  - apply float_even. lia.
  - rewrite mult_IZR. field. apply IZR_le in H1. lra.
Qed.

Lemma third_off y v c u : (v = 1 /\ y <= 5 / 4 \/ v = 0 /\ y <= 1 / 2) -> 2 <= c ->
  layer accumulate store [4 * y; - (4 * v); - c] u -> relu u = 0.
Proof.
  intros Hv Hc (x & Hx & ->). unfold relu. apply Rmax_left. apply store_le; [|apply float_0].
  assert (B : forall a b e, a <= b -> is_near p b -> b + e <= 0 -> accumulate (accumulate a + e) <= 0).
  { intros a b e H F He. apply accumulate_le; [|apply float_0]. pose proof (accumulate_le a b H F). lra. }
  destruct Hv as [[-> Hy] | [-> Hy]]; apply added_3 in Hx as [-> | [-> | ->]].
  - apply B with 1; [lra|apply float_1|lra].
  - apply B with 3; [lra|apply (float_whole 3); discriminate|lra].
  - apply B with (-6); [lra|apply float_minus_6|lra].
  - apply B with 2; [lra|apply (float_whole 2); discriminate|lra].
  - apply B with 0; [lra|apply float_0|lra].
  - apply B with (-2); [lra|apply (float_whole (-2)); discriminate|lra].
Qed.
Lemma third_on y c u : is_float p y -> 3 / 4 <= y <= 5 / 4 -> (c = 2 \/ c = 3)%Z ->
  layer accumulate store [4 * y; - (4 * 0); - IZR c] u -> relu u = 4 * y - IZR c.
Proof.
  intros Fy Hy Hc (x & Hx & ->). pose proof (float_minus y Fy Hy c Hc) as F.
  assert (Fc : is_near p (- IZR c)) by (apply near_opp, float_whole; destruct Hc; subst; discriminate).
  assert (E : x = 4 * y - IZR c).
  { apply added_3 in Hx as [-> | [-> | ->]]; rewrite Rmult_0_r, Ropp_0, ?Rplus_0_r, ?Rplus_0_l.
    - rewrite (accumulated (4 * y)) by now apply near_4. now apply accumulated.
    - rewrite (accumulated (4 * y + - IZR c)) by exact F. now apply accumulated.
    - rewrite (accumulated (- IZR c)) by exact Fc. rewrite Rplus_comm. now apply accumulated. }
  rewrite E, stored by exact F. unfold relu. apply Rmax_right. destruct Hc as [-> | ->]; lra.
Qed.

Ltac groups :=
  intros a b H; repeat match goal with H : parted _ _ _ |- _ => inversion H; clear H; subst end; unfold total; simpl.

Theorem restore_and_zero y v z : v = 0 \/ v = 1 -> y <= 1 / 2 -> restores_and y v z -> z = 0.
Proof.
  intros Hv Hy (u1 & u2 & u3 & u4 & H1 & H2 & H3 & H4 & Hz).
  rewrite (hidden_off y 2 u1 Hy ltac:(lra) H1), (hidden_off y 3 u2 Hy ltac:(lra) H2) in Hz.
  assert (Hc : v = 1 /\ y <= 5 / 4 \/ v = 0 /\ y <= 1 / 2) by (destruct Hv; [right | left]; split; auto; lra).
  rewrite (third_off y v 2 u3 Hc ltac:(lra) H3), (third_off y v 3 u4 Hc ltac:(lra) H4) in Hz.
  rewrite (layer_exactly _ z Hz); [unfold total; simpl; ring|]. groups; apply float_eq with 0; try apply float_0; ring.
Qed.
Theorem restore_and_one y v z : v = 0 \/ v = 1 -> is_float p y -> 3 / 4 <= y <= 5 / 4 -> restores_and y v z -> z = v.
Proof.
  intros Hv Fy Hy (u1 & u2 & u3 & u4 & H1 & H2 & H3 & H4 & Hz).
  pose proof (float_minus y Fy Hy 2 (or_introl eq_refl)) as F2.
  pose proof (float_minus y Fy Hy 3 (or_intror eq_refl)) as F3.
  pose proof (float_both y Fy Hy) as F5. pose proof float_0 as F0. pose proof float_1 as F1.
  rewrite (hidden_on y 2 u1 Fy Hy (or_introl eq_refl) H1), (hidden_on y 3 u2 Fy Hy (or_intror eq_refl) H2) in Hz.
  destruct Hv as [-> | ->].
  - rewrite (third_on y 2 u3 Fy Hy (or_introl eq_refl) H3), (third_on y 3 u4 Fy Hy (or_intror eq_refl) H4) in Hz.
    rewrite (layer_exactly _ z Hz); [unfold total; simpl; ring|].
    groups; first [apply (float_eq _ _ F0); ring | apply (float_eq _ _ F1); ring | apply (float_eq _ _ F2); ring
      | apply (float_eq _ _ F3); ring | apply (float_eq _ _ F5); ring | apply (float_eq _ _ (near_opp _ F1)); ring
      | apply (float_eq _ _ (near_opp _ F2)); ring | apply (float_eq _ _ (near_opp _ F3)); ring
      | apply (float_eq _ _ (near_opp _ F5)); ring].
  - assert (Hc : 1 = 1 /\ y <= 5 / 4 \/ 1 = 0 /\ y <= 1 / 2) by (left; split; auto; lra).
    rewrite (third_off y 1 2 u3 Hc ltac:(lra) H3), (third_off y 1 3 u4 Hc ltac:(lra) H4) in Hz.
    rewrite (layer_exactly _ z Hz); [unfold total; simpl; ring|].
    groups; first [apply (float_eq _ _ F0); ring | apply (float_eq _ _ F1); ring | apply (float_eq _ _ F2); ring
      | apply (float_eq _ _ (near_opp _ F3)); ring].
Qed.
End Machine.

Print is_float.
Print is_near.
Print rounding.
Print parted.
Print added.
Print layer.
Print restores.
Print restores_and.
Check restore_zero.
Check restore_one.
Check restore_and_zero.
Check restore_and_one.
Definition of_floats := (restore_zero, restore_one, restore_and_zero, restore_and_one).
Print Assumptions of_floats.
