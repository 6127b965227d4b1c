(** What a head fetches in floating point (theory, section 6), for every attention kernel that keeps to the assumptions
    that are named here; and that a gate restores it. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz.
From Proofformer Require Import Net Softmax Inequalities Obligations Floats.
Import ListNotations.
Open Scope R_scope.

(** A sum of two numbers that the accumulator has, neither of them negative, is one too, and is rounded by a roundoff a
    at most: nothing overflows. *)
Definition within_roundoff (a : R) (number : R -> Prop) (accumulate : R -> R) : Prop :=
  forall x y, number x -> number y -> 0 <= x -> 0 <= y ->
    number (accumulate (x + y)) /\ (1 - a) * (x + y) <= accumulate (x + y) <= (1 + a) * (x + y).

Section Row.
Context {key : Type}.

(** The keys with the largest score are [best]; the [others] have e to (score - largest) as their exact weight. The head
    reads [bit], 0 or 1, and returns y. a and u are the roundoffs of the accumulator and of the stored type, t what
    rounding changes in subnormal numbers, h the error of exp, F what rescaling may add to a weight. By number, the
    assumptions are 5, 6: the weights w, those of the best keys not rescaled once the largest score is known; 7: what is
    stored of them, s; 8: the sums, in any order, and their quotient; 9: the result. *)
Definition fetches (a u t h F : R) (number : R -> Prop) (accumulate : R -> R) (best others : list key)
    (exact bit : key -> R) (y : R) :=
  exists (w s : key -> R) (weights values quotient : R),
    (forall k, In k best -> 1 - h <= w k <= 1 + h) /\
    (forall k, In k others -> 0 <= w k <= (1 + h) * F * exact k) /\
    (forall k, In k best -> (1 - u) * w k <= s k <= (1 + u) * w k) /\
    (forall k, In k others -> 0 <= s k <= (1 + u) * w k + t) /\
    (forall k, In k (best ++ others) -> number (w k) /\ number (s k * bit k)) /\
    added accumulate (map w (best ++ others)) weights /\
    added accumulate (map (fun k => s k * bit k) (best ++ others)) values /\
    (1 - a) * (values / weights) <= quotient <= (1 + a) * (values / weights) /\
    (1 - u) * quotient - t <= y <= (1 + u) * quotient + t.

(** E, c, T and g of the claim, for K keys. *)
Definition outside (h F leak : R) : R := (1 + h) / (1 - h) * F * leak.
Definition summing (a K : R) : R := K * a / (1 - K * a).
Definition tiny (t h K : R) : R := (K / (1 - h) + 1) * t.
Definition growth (a u c : R) : R := (1 + c) / (1 - c) * (1 + u) ^ 2 * (1 + a).
Definition zero_at_most (a u t h F leak K : R) : R :=
  (outside h F leak + tiny t h K) * growth a u (summing a K).
Definition one_at_least (a u t h F leak K : R) : R :=
  (1 - summing a K) / (1 + summing a K) / (1 + outside h F leak) * (1 - u) ^ 2 * (1 - a) - tiny t h K.
Definition one_at_most (a u t h F leak K : R) : R :=
  (1 + outside h F leak + tiny t h K) * growth a u (summing a K).

(** * Sums in any order *)

Lemma added_length rnd l x : added rnd l x -> (1 <= length l)%nat.
Proof.
  induction 1 as [x|l l1 l2 x y Hl H1 IH1 H2 IH2]; [simpl; lia|].
  assert (L : length l = (length l1 + length l2)%nat) by (clear - Hl; induction Hl; simpl; lia). lia.
Qed.
Lemma added_near a number accumulate l x : 0 <= a <= 1 / 4 -> within_roundoff a number accumulate ->
  added accumulate l x -> (forall z, In z l -> 0 <= z /\ number z) -> INR (length l) * a <= 1 / 2 ->
  number x /\ (1 - INR (length l) * a) * total l <= x <= total l / (1 - INR (length l) * a).
Proof.
  intros Ha Hr H. induction H as [x|l l1 l2 x y Hl H1 IH1 H2 IH2]; intros Hz Hk.
  - unfold total. simpl in *. rewrite Rmult_1_l in *. destruct (Hz x (or_introl eq_refl)).
    split; [auto|]. split; [nra|].
    apply le_div; [lra|]. nra.
  - assert (L : length l = (length l1 + length l2)%nat) by (clear - Hl; induction Hl; simpl; lia).
    assert (In1 : forall z, In z l1 -> In z l) by (clear - Hl; induction Hl; simpl; intuition).
    assert (In2 : forall z, In z l2 -> In z l) by (clear - Hl; induction Hl; simpl; intuition).
    pose proof (added_length _ _ _ H1) as L1. pose proof (added_length _ _ _ H2) as L2.
    apply le_INR in L1, L2. simpl in L1, L2. rewrite L, plus_INR in *.
    set (j1 := INR (length l1)) in *. set (j2 := INR (length l2)) in *.
    assert (P1 : 0 <= total l1) by (apply sum_pos; intros z Iz; apply Hz; auto).
    assert (P2 : 0 <= total l2) by (apply sum_pos; intros z Iz; apply Hz; auto).
    destruct IH1 as (NX & A1 & A2); [auto|nra|]. destruct IH2 as (NY & B1 & B2); [auto|nra|].
    rewrite (parted_total _ _ _ Hl). set (s := (j1 + j2) * a - a).
    assert (Hs : 0 <= s <= 1 / 2 - a) by (unfold s; nra).
    destruct (sums_of_positive_numbers a s ltac:(lra) Hs) as (S1 & S2 & _ & _).
    replace (- a - s + 1) with (1 - (j1 + j2) * a) in * by (unfold s; ring).
    assert (D : 0 < 1 - (j1 + j2) * a) by nra. assert (D1 : 0 < 1 - s) by lra.
    assert (X1 : (1 - s) * total l1 <= x).
    { eapply Rle_trans; [apply Rmult_le_compat_r; auto|exact A1]. unfold s. nra. }
    assert (X2 : (1 - s) * total l2 <= y).
    { eapply Rle_trans; [apply Rmult_le_compat_r; auto|exact B1]. unfold s. nra. }
    assert (Y1 : x <= total l1 / (1 - s)).
    { eapply Rle_trans; [exact A2|]. apply Rmult_le_compat_l; auto. apply Rinv_le_contravar; auto. unfold s; nra. }
    assert (Y2 : y <= total l2 / (1 - s)).
    { eapply Rle_trans; [exact B2|]. apply Rmult_le_compat_l; auto. apply Rinv_le_contravar; auto. unfold s; nra. }
    destruct (Hr x y NX NY) as (NZ & R1 & R2); [nra|nra|]. split; [exact NZ|]. split.
    + eapply Rle_trans; [|exact R1]. apply Rle_trans with ((1 - a) * ((1 - s) * (total l1 + total l2))); [nra|].
      apply Rmult_le_compat_l; lra.
    + eapply Rle_trans; [exact R2|]. apply Rle_trans with ((1 + a) * ((total l1 + total l2) / (1 - s))).
      * apply Rmult_le_compat_l; [lra|]. unfold Rdiv in *. lra.
      * apply Rge_le in S1. replace ((1 + a) * ((total l1 + total l2) / (1 - s)))
          with ((a + 1) / (1 - s) * (total l1 + total l2)) by (field; lra).
        replace ((total l1 + total l2) / (1 - (j1 + j2) * a))
          with (1 / (1 - (j1 + j2) * a) * (total l1 + total l2)) by (field; lra).
        apply Rmult_le_compat_r; lra.
Qed.

Variables (a u t h F leak : R) (number : R -> Prop) (accumulate : R -> R).
Variables (best others : list key) (exact bit : key -> R) (y : R).
Let K := INR (length (best ++ others)).
Let c := summing a K.
Let E := outside h F leak.
Hypothesis Ha : 0 <= a <= 1 / 4.
Hypothesis Hu : 0 <= u <= 1.
Hypothesis Ht : 0 <= t.
Hypothesis Hh : 0 <= h <= 1 / 2.
Hypothesis HF : 1 <= F.
Hypothesis HK : K * a <= 1 / 3.
Hypothesis Hround : within_roundoff a number accumulate.
Hypothesis Hbest : best <> [].
Hypothesis Hexact : forall k, In k others -> 0 <= exact k.
Hypothesis Hleak : sum exact others <= leak * INR (length best).
Hypothesis Hbit : forall k, In k (best ++ others) -> bit k = 0 \/ bit k = 1.
Hypothesis Hy : fetches a u t h F number accumulate best others exact bit y.

Lemma count_pos : 1 <= INR (length best).
Proof. apply (le_INR 1). destruct best; [easy|simpl; lia]. Qed.
Lemma c_range : 0 <= c <= 1 / 2.
Proof.
  assert (0 <= K) by apply pos_INR. unfold c, summing. split; [apply le_div | apply div_le]; nra.
Qed.
Lemma leak_pos : 0 <= leak.
Proof.
  assert (0 <= sum exact others) by now apply sum_pos. pose proof count_pos. nra.
Qed.

Lemma E_pos : 0 <= E.
Proof.
  pose proof leak_pos. assert (0 < / (1 - h)) by (apply Rinv_0_lt_compat; lra).
  unfold E, outside, Rdiv. repeat apply Rmult_le_pos; lra.
Qed.

(** Sums are right within 1 - c and 1 + c. *)
Lemma near_total f x : (forall k, In k (best ++ others) -> 0 <= f k /\ number (f k)) ->
  added accumulate (map f (best ++ others)) x ->
  (1 - c) * (sum f best + sum f others) <= x <= (1 + c) * (sum f best + sum f others).
Proof.
  intros Hf Hx. assert (Hm : forall z, In z (map f (best ++ others)) -> 0 <= z /\ number z).
  { intros z Hz. apply in_map_iff in Hz as (k & <- & Hk). auto. }
  assert (L : INR (length (map f (best ++ others))) = K) by now rewrite map_length.
  destruct (added_near a number accumulate _ x Ha Hround Hx Hm) as (_ & H1 & H2); rewrite L in *; [lra|].
  assert (T : total (map f (best ++ others)) = sum f best + sum f others).
  { unfold total. rewrite sum_map, sum_app. reflexivity. }
  rewrite T in *. set (s := sum f best + sum f others) in *.
  assert (Hs : 0 <= s).
  { unfold s. apply Rplus_le_le_0_compat; apply sum_pos; intros; apply Hf, in_or_app; auto. }
  assert (0 <= K) by apply pos_INR. assert (Hka : 0 <= K * a) by nra. split.
  - eapply Rle_trans; [|exact H1]. apply Rmult_le_compat_r; auto. unfold c, summing.
    assert (K * a <= K * a / (1 - K * a)) by (apply le_div; nra). lra.
  - eapply Rle_trans; [exact H2|]. right. unfold c, summing. field. lra.
Qed.

Lemma sum_between {A} (f : A -> R) l p q : (forall k, In k l -> p <= f k <= q) ->
  p * INR (length l) <= sum f l <= q * INR (length l).
Proof.
  induction l as [|k l IH]; intros H; [simpl; lra|]. change (length (k :: l)) with (S (length l)). rewrite S_INR.
  cbn [sum fold_right]. fold (sum f l). destruct (H k (or_introl eq_refl)).
  destruct (IH (fun z Hz => H z (or_intror Hz))). lra.
Qed.

(** What the computed weights and values add up to, by the weight W of the best keys. *)
Lemma parts : exists W weights values quotient, 1 - h <= W /\
  (1 - c) * W <= weights <= (1 + c) * ((1 + E) * W) /\ 0 <= values /\
  ((forall k, In k best -> bit k = 0) -> values <= (1 + c) * ((1 + u) * (E * W) + K * t)) /\
  ((forall k, In k best -> bit k = 1) ->
    (1 - c) * ((1 - u) * W) <= values <= (1 + c) * ((1 + u) * ((1 + E) * W) + K * t)) /\
  (1 - a) * (values / weights) <= quotient <= (1 + a) * (values / weights) /\
  (1 - u) * quotient - t <= y <= (1 + u) * quotient + t.
Proof.
  destruct Hy as (w & s & weights & values & quotient & W1 & W2 & S1 & S2 & HA & HD & HN & HQ & HR).
  exists (sum w best), weights, values, quotient.
  pose proof count_pos as Hb. pose proof c_range as Hc. pose proof leak_pos as Hl.
  destruct (sum_between w best (1 - h) (1 + h) W1) as [B1 B2]. set (W := sum w best) in *.
  assert (O0 : 0 <= sum w others) by (apply sum_pos; intros k Hk; apply W2, Hk).
  assert (O1 : sum w others <= E * W).
  { apply Rle_trans with ((1 + h) * F * (leak * INR (length best))).
    - apply Rle_trans with ((1 + h) * F * sum exact others); [|apply Rmult_le_compat_l; nra].
      rewrite <- sum_scal. apply sum_le. intros k Hk. apply W2, Hk.
    - unfold E, outside. apply Rle_trans with ((1 + h) * F * leak * (W / (1 - h))).
      + rewrite <- Rmult_assoc. apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|]. apply le_div; lra.
      + right. field. lra. }
  pose proof E_pos as E0.
  assert (W0 : 1 - h <= W) by nra.
  assert (Wk : forall k, In k (best ++ others) -> 0 <= w k).
  { intros k Hk. apply in_app_or in Hk as [Hk|Hk]; [specialize (W1 k Hk); lra | now apply W2]. }
  assert (Sk : forall k, In k (best ++ others) -> 0 <= s k).
  { intros k Hk. pose proof (Wk k Hk). apply in_app_or in Hk as [Hk|Hk]; [specialize (S1 k Hk); nra | now apply S2]. }
  assert (SB : forall k, In k (best ++ others) -> 0 <= s k * bit k <= s k).
  { intros k Hk. pose proof (Sk k Hk). destruct (Hbit k Hk) as [-> | ->]; lra. }
  destruct (near_total w weights) as [D1 D2]; [intros k Hk; split; [now apply Wk | now apply HA] | exact HD |].
  fold W in D1, D2.
  destruct (near_total (fun k => s k * bit k) values) as [N1 N2];
    [intros k Hk; split; [now apply SB | now apply HA] | exact HN |].
  assert (T0 : sum (fun k => s k * bit k) others <= (1 + u) * (E * W) + K * t).
  { apply Rle_trans with (sum (fun k => (1 + u) * w k + t) others).
    - apply sum_le. intros k Hk. eapply Rle_trans; [apply SB, in_or_app; auto|]. now apply S2.
    - rewrite sum_plus, sum_scal. assert (sum (fun _ => t) others <= K * t).
      { destruct (sum_between (fun _ => t) others t t) as [_ T]; [intros; lra|]. eapply Rle_trans; [exact T|].
        rewrite Rmult_comm. apply Rmult_le_compat_r; auto. apply le_INR. rewrite app_length. lia. }
      assert ((1 + u) * sum w others <= (1 + u) * (E * W)) by (apply Rmult_le_compat_l; lra). lra. }
  assert (T1 : 0 <= sum (fun k => s k * bit k) others) by (apply sum_pos; intros; apply SB, in_or_app; auto).
  assert (V0 : 0 <= sum (fun k => s k * bit k) best) by (apply sum_pos; intros; apply SB, in_or_app; auto).
  split; [exact W0|]. split; [split; [nra|]|split; [nra|]].
  { eapply Rle_trans; [exact D2|]. apply Rmult_le_compat_l; lra. }
  split; [|split; [|auto]].
  - intros Z. rewrite (sum_zero _ best) in N2 by (intros k Hk; rewrite (Z k Hk); ring).
    eapply Rle_trans; [exact N2|]. apply Rmult_le_compat_l; lra.
  - intros Z. assert (Eb : sum (fun k => s k * bit k) best = sum s best).
    { apply sum_ext. intros k Hk. rewrite (Z k Hk). ring. }
    assert (L1 : (1 - u) * W <= sum s best) by (unfold W; rewrite <- sum_scal; apply sum_le; intros; now apply S1).
    assert (L2 : sum s best <= (1 + u) * W) by (unfold W; rewrite <- sum_scal; apply sum_le; intros; now apply S1).
    rewrite Eb in *. split.
    + eapply Rle_trans; [|exact N1]. apply Rmult_le_compat_l; lra.
    + eapply Rle_trans; [exact N2|]. apply Rmult_le_compat_l; lra.
Qed.

Lemma quotient_most X : 0 <= X -> forall W weights values quotient, 1 - h <= W ->
  (1 - c) * W <= weights -> 0 <= values -> values <= (1 + c) * ((1 + u) * (X * W) + K * t) ->
  quotient <= (1 + a) * (values / weights) -> y <= (1 + u) * quotient + t ->
  y <= (X + tiny t h K) * growth a u c.
Proof.
  intros HX W weights values quotient HW HD HV HN HQ HR. pose proof c_range as Hc.
  assert (HW0 : 0 < W) by lra. assert (HD0 : 0 < weights) by nra. assert (K0 : 0 <= K) by apply pos_INR.
  set (tau := K * t / (1 - h)). assert (Htau : 0 <= tau) by (apply le_div; nra).
  assert (Q1 : values / weights <= (1 + c) / (1 - c) * ((1 + u) * X + tau)).
  { apply Rle_trans with ((1 + c) * ((1 + u) * (X * W) + tau * W) / ((1 - c) * W)).
    - apply Rle_trans with ((1 + c) * ((1 + u) * (X * W) + tau * W) / weights).
      + apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|]. eapply Rle_trans; [exact HN|].
        apply Rmult_le_compat_l; [lra|]. assert (K * t <= tau * W); [|lra].
        replace (K * t) with (tau * (1 - h)) by (unfold tau; field; lra). now apply Rmult_le_compat_l.
      + apply Rmult_le_compat_l; [|apply Rinv_le_contravar; nra]. apply Rmult_le_pos; [lra|].
        assert (0 <= X * W) by nra. assert (0 <= tau * W) by nra. nra.
    - right. field. lra. }
  destruct (rounded_results X tau t u a c) as [R1 _]; try lra.
  replace (tiny t h K) with (tau + t) by (unfold tiny, tau; field; lra). apply Rge_le in R1.
  apply Rle_trans with (t + (a + 1) * (c + 1) * (u + 1) * (X * (u + 1) + tau) / (1 - c)).
  - eapply Rle_trans; [exact HR|]. assert (quotient <= (1 + a) * ((1 + c) / (1 - c) * ((1 + u) * X + tau))).
    { eapply Rle_trans; [exact HQ|]. apply Rmult_le_compat_l; lra. }
    replace ((a + 1) * (c + 1) * (u + 1) * (X * (u + 1) + tau) / (1 - c))
      with ((1 + u) * ((1 + a) * ((1 + c) / (1 - c) * ((1 + u) * X + tau)))) by (field; lra).
    assert ((1 + u) * quotient <= (1 + u) * ((1 + a) * ((1 + c) / (1 - c) * ((1 + u) * X + tau))))
      by (apply Rmult_le_compat_l; lra). lra.
  - eapply Rle_trans; [exact R1|]. right. unfold growth. field. lra.
Qed.

Theorem fetched_zero : (forall k, In k best -> bit k = 0) -> - t <= y <= zero_at_most a u t h F leak K.
Proof.
  intros Z. destruct parts as (W & D & N & Q & HW & [D1 D2] & HN & N0 & _ & [Q1 Q2] & [R1 R2]). specialize (N0 Z).
  pose proof E_pos as E0.
  pose proof c_range. split.
  - assert (0 <= N / D) by (apply Rmult_le_pos; [lra|]; left; apply Rinv_0_lt_compat; nra).
    assert (0 <= Q) by nra. nra.
  - unfold zero_at_most. fold E c. now apply (quotient_most E E0 W D N Q).
Qed.
Theorem fetched_one : (forall k, In k best -> bit k = 1) ->
  one_at_least a u t h F leak K <= y <= one_at_most a u t h F leak K.
Proof.
  intros Z. destruct parts as (W & D & N & Q & HW & [D1 D2] & HN & _ & N1 & [Q1 Q2] & [R1 R2]).
  destruct (N1 Z) as [N2 N3].
  pose proof E_pos as E0.
  pose proof c_range as Hc. split.
  - unfold one_at_least. fold E c. assert (D0 : 0 < D) by nra.
    assert (Q3 : (1 - c) / (1 + c) / (1 + E) * (1 - u) <= N / D).
    { apply Rle_trans with ((1 - c) * ((1 - u) * W) / ((1 + c) * ((1 + E) * W))).
      - right. field. repeat split; nra.
      - apply Rle_trans with ((1 - c) * ((1 - u) * W) / D).
        + apply Rmult_le_compat_l; [repeat apply Rmult_le_pos; lra|]. now apply Rinv_le_contravar.
        + apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat|]. exact N2. }
    set (b := (1 - c) / (1 + c) / (1 + E)) in *. assert (K0 : 0 <= K) by apply pos_INR.
    assert (Htiny : t <= tiny t h K).
    { unfold tiny. assert (0 <= K / (1 - h)) by (apply le_div; lra). nra. }
    assert (Q4 : (1 - a) * (b * (1 - u)) <= Q) by (eapply Rle_trans; [|exact Q1]; apply Rmult_le_compat_l; lra).
    assert ((1 - u) * ((1 - a) * (b * (1 - u))) <= (1 - u) * Q) by (apply Rmult_le_compat_l; lra).
    replace (b * (1 - u) ^ 2 * (1 - a)) with ((1 - u) * ((1 - a) * (b * (1 - u)))) by ring. lra.
  - unfold one_at_most. fold E c. now apply (quotient_most (1 + E) ltac:(lra) W D N Q).
Qed.

(** So where the bounds are within those of the gate, the gate returns the bit, exactly. *)
Theorem fetched_and_restored p q accumulate' store z :
  (2 <= p <= q)%nat -> rounding q accumulate' -> rounding p store -> is_float p y -> restores accumulate' store y z ->
  zero_at_most a u t h F leak K <= 1 / 2 -> 3 / 4 <= one_at_least a u t h F leak K ->
  one_at_most a u t h F leak K <= 5 / 4 ->
  forall v, v = 0 \/ v = 1 -> (forall k, In k best -> bit k = v) -> z = v.
Proof.
  intros Hp Ha' Hs Fy Hz Z1 Z2 Z3 v [-> | ->] Hv.
  - apply (restore_zero p q accumulate' store Hp Ha' Hs y z); auto. pose proof (fetched_zero Hv). lra.
  - apply (restore_one p q accumulate' store Hp Ha' Hs y z); auto. pose proof (fetched_one Hv). lra.
Qed.
End Row.

Print within_roundoff.
Print fetches.
Print outside.
Print summing.
Print tiny.
Print growth.
Print zero_at_most.
Print one_at_least.
Print one_at_most.
Check fetched_zero.
Check fetched_one.
Check fetched_and_restored.
Print Assumptions fetched_and_restored.
