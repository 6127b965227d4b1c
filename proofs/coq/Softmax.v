(** A softmax whose scores are far enough apart returns nearly what one key has. Nothing here knows of documents. *)

From Proofformer Require Import Net Check.
From Coq Require Import Reals Lra Lia ZArith List Bool Psatz.
Import ListNotations.
Open Scope R_scope.

(** How near a fetched bit has to be to what it stands for: [restored_near], below, makes it exact again. *)
Definition near (b : Z) (y : R) : Prop := 0 <= y /\ (b = 0%Z -> y <= 1 / 2) /\ (b = 1%Z -> 3 / 4 <= y <= 5 / 4).

(** * Sums of reals *)

Lemma sum_app {A} (f : A -> R) a b : sum f (a ++ b) = sum f a + sum f b.
Proof. induction a; simpl; lra. Qed.
Lemma sum_map {A B} (g : A -> B) (f : B -> R) a : sum f (map g a) = sum (fun x => f (g x)) a.
Proof. induction a; simpl; congruence. Qed.
Lemma sum_ext {A} (f g : A -> R) a : (forall x, In x a -> f x = g x) -> sum f a = sum g a.
Proof. induction a; simpl; intros H; auto. rewrite IHa, H; auto. Qed.
Lemma sum_le {A} (f g : A -> R) a : (forall x, In x a -> f x <= g x) -> sum f a <= sum g a.
Proof. induction a; simpl; intros H; [lra|]. apply Rplus_le_compat; auto. Qed.
Lemma sum_pos {A} (f : A -> R) a : (forall x, In x a -> 0 <= f x) -> 0 <= sum f a.
Proof. induction a; simpl; intros H; [lra|]. apply Rplus_le_le_0_compat; auto. Qed.
Lemma sum_scal {A} (f : A -> R) e a : sum (fun x => e * f x) a = e * sum f a.
Proof. induction a; simpl; lra. Qed.
Lemma sum_plus {A} (f g : A -> R) a : sum (fun x => f x + g x) a = sum f a + sum g a.
Proof. induction a; simpl; lra. Qed.
Lemma sum_zero {A} (f : A -> R) a : (forall x, In x a -> f x = 0) -> sum f a = 0.
Proof. induction a; simpl; intros H; [lra|]. rewrite H, IHa by auto. lra. Qed.
Lemma sum_incl {A} (f : A -> R) a b : NoDup a -> incl a b -> (forall x, 0 <= f x) -> sum f a <= sum f b.
Proof.
  intros Ha; revert b; induction Ha; intros b Hi Hf; simpl. now apply sum_pos.
  destruct (in_split x b) as (b1 & b2 & ->); [apply Hi; now left|].
  rewrite sum_app; simpl. assert (sum f l <= sum f (b1 ++ b2)).
  { apply IHHa; auto. intros y Hy. assert (In y (b1 ++ x :: b2)) by (apply Hi; now right).
    apply in_app_or in H0. apply in_or_app. destruct H0 as [|[|]]; auto. now subst. }
  rewrite sum_app in H0. lra.
Qed.

Lemma le_div a n d : 0 < d -> a * d <= n -> a <= n / d.
Proof. intros Hd H. apply Rmult_le_reg_r with d; auto. replace (n / d * d) with n by (field; lra). auto. Qed.
Lemma div_le a n d : 0 < d -> n <= a * d -> n / d <= a.
Proof. intros Hd H. apply Rmult_le_reg_r with d; auto. replace (n / d * d) with n by (field; lra). auto. Qed.

(** * Powers of 2/5, which is more than 1/e *)

Lemma geometric x m : x <> 1 -> sum (fun z => x ^ z) (seq 1 m) = x * (1 - x ^ m) / (1 - x).
Proof. intros H. induction m. simpl; field; lra. rewrite seq_S, sum_app, IHm. simpl. field. lra. Qed.
Lemma geometric_le x zs : 0 < x < 1 -> NoDup zs -> (forall z, In z zs -> (1 <= z)%nat) ->
  sum (fun z => x ^ z) zs <= x / (1 - x).
Proof.
  intros Hx Hd H1. assert (Hp : forall n, 0 <= x ^ n) by (intros; apply pow_le; lra).
  apply Rle_trans with (sum (fun z => x ^ z) (seq 1 (list_max zs))).
  - apply sum_incl; auto. intros z Hz. apply in_seq. specialize (H1 z Hz).
    assert (list_max zs <= list_max zs)%nat by lia. rewrite list_max_le, Forall_forall in H.
    specialize (H z Hz). lia.
  - rewrite geometric by lra. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
    specialize (Hp (list_max zs)). nra.
Qed.
Lemma exp_monotone a b : a <= b -> exp a <= exp b.
Proof. intros [H| ->]; [apply Rlt_le, exp_increasing, H | lra]. Qed.
Lemma exp_1 : 5 / 2 <= exp 1.
Proof.
  assert (H : 9 / 8 <= exp (1 / 8)) by (generalize (exp_ineq1 (1 / 8)); lra).
  replace 1 with (1 / 8 + 1 / 8 + (1 / 8 + 1 / 8) + (1 / 8 + 1 / 8 + (1 / 8 + 1 / 8))) at 1 by field.
  rewrite !exp_plus. set (e := exp (1 / 8)) in *.
  assert (H2 : 81 / 64 <= e * e) by nra. assert (H4 : 8 / 5 <= e * e * (e * e)) by nra. nra.
Qed.
Lemma exp_fifths n : exp (- INR n) <= (2 / 5) ^ n.
Proof.
  induction n. simpl. rewrite Ropp_0, exp_0; lra.
  rewrite S_INR, Ropp_plus_distr, exp_plus. simpl. rewrite Rmult_comm.
  apply Rmult_le_compat; auto; try (apply Rlt_le, exp_pos).
  rewrite exp_Ropp. replace (2 / 5) with (/ (5 / 2)) by field. apply Rinv_le_contravar; [lra|apply exp_1].
Qed.
Lemma exp_below a n : (a <= - Z.of_nat n)%Z -> exp (IZR a) <= (2 / 5) ^ n.
Proof.
  intros H. eapply Rle_trans; [|apply exp_fifths]. apply exp_monotone. rewrite INR_IZR_INZ, <- opp_IZR.
  now apply IZR_le.
Qed.
Lemma NoDup_map_of {A B} (g : A -> B) s :
  (forall a b, In a s -> In b s -> g a = g b -> a = b) -> NoDup s -> NoDup (map g s).
Proof.
  induction s; simpl; intros H Hn; constructor; inversion Hn; subst.
  - intros Hi. apply in_map_iff in Hi as (b & E & Hb). apply H2. rewrite (H a b) by auto. auto.
  - apply IHs; auto.
Qed.
Lemma filter_shorter {A} (f : A -> bool) a : (length (filter f a) <= length a)%nat.
Proof. induction a as [|x a IH]; simpl; auto. destruct (f x); simpl; lia. Qed.
Lemma sum_filter {A} (f : A -> R) (g : A -> bool) ks :
  sum f ks = sum f (filter g ks) + sum f (filter (fun k => negb (g k)) ks).
Proof. induction ks as [|k ks IH]; simpl; [lra|]. destruct (g k); simpl; unfold sum in *; lra. Qed.

(** At most n keys stand at the same place z, and none at 0. *)
Lemma shared_places (x : R) (z other : nat -> nat) : 0 < x < 1 -> forall n ks,
  NoDup ks -> (forall k, In k ks -> (1 <= z k /\ other k < n)%nat) ->
  (forall k k', In k ks -> In k' ks -> z k = z k' -> other k = other k' -> k = k') ->
  sum (fun k => x ^ z k) ks <= INR n * (x / (1 - x)).
Proof.
  intros Hx. induction n; intros ks Hd Hz Hi.
  - destruct ks as [|k ks]; [simpl; lra|]. destruct (Hz k); [now left|lia].
  - rewrite (sum_filter _ (fun k => other k =? n)%nat), S_INR.
    assert (sum (fun k => x ^ z k) (filter (fun k => other k =? n)%nat ks) <= x / (1 - x)).
    { rewrite <- (sum_map z (fun n => x ^ n)). apply geometric_le; auto.
      - apply NoDup_map_of; [|now apply NoDup_filter]. intros a b Ha Hb E.
        apply filter_In in Ha as [Ha Ea], Hb as [Hb Eb]. apply Nat.eqb_eq in Ea, Eb. apply Hi; congruence.
      - intros y Hy. apply in_map_iff in Hy as (k & <- & Hk). apply filter_In in Hk as [Hk _]. now apply Hz. }
    assert (sum (fun k => x ^ z k) (filter (fun k => negb (other k =? n)%nat) ks) <= INR n * (x / (1 - x))).
    { apply IHn; [now apply NoDup_filter| |].
      - intros k Hk. apply filter_In in Hk as [Hk E]. destruct (Hz k Hk).
        destruct (Nat.eqb_spec (other k) n); [discriminate|lia].
      - intros a b Ha Hb. apply filter_In in Ha as [Ha _], Hb as [Hb _]. auto. }
    lra.
Qed.

(** * One head

    Row r sees the keys below r. Key k has the score [S k] and the bit [val k]. If those whose bit is another one than
    k0's weigh a third of k0 at most, the weighted mean of bits is near k0's. *)
Section Majority.
Variables (r : nat) (S val : nat -> Z) (k0 : nat).
Hypothesis Hval : forall k, (k < r)%nat -> val k = 0%Z \/ val k = 1%Z.
Hypothesis Hk0 : (k0 < r)%nat.
Let E k := exp (IZR (S k)).
Definition differs (k : nat) : bool := negb (val k =? val k0)%Z.

Theorem majority : sum E (filter differs (seq 0 r)) <= / 3 * E k0 ->
  near (val k0) (sum (fun k => E k * IZR (val k)) (seq 0 r) / sum E (seq 0 r)).
Proof.
  intros HD. rewrite (sum_filter E differs), (sum_filter (fun k => E k * IZR (val k)) differs).
  set (D := sum E (filter differs (seq 0 r))) in *.
  assert (H0 : 0 < E k0) by apply exp_pos.
  assert (HD0 : 0 <= D) by (apply sum_pos; intros; apply Rlt_le, exp_pos).
  set (same := filter (fun k => negb (differs k)) (seq 0 r)).
  assert (Hin : In k0 same).
  { apply filter_In. split; [apply in_seq; lia|]. unfold differs. now rewrite Z.eqb_refl. }
  assert (Hs : E k0 <= sum E same).
  { replace (E k0) with (sum E [k0]) by (simpl; lra). apply sum_incl.
    - constructor; [intros []|constructor].
    - intros k [<-|[]]. auto.
    - intros. apply Rlt_le, exp_pos. }
  assert (Es : sum (fun k => E k * IZR (val k)) same = IZR (val k0) * sum E same).
  { rewrite <- sum_scal. apply sum_ext. intros k Hk. apply filter_In in Hk as [_ Hk]. unfold differs in Hk.
    destruct (Z.eqb_spec (val k) (val k0)) as [->|]; [ring|discriminate]. }
  assert (Ed : sum (fun k => E k * IZR (val k)) (filter differs (seq 0 r)) = (1 - IZR (val k0)) * D).
  { unfold D. rewrite <- sum_scal. apply sum_ext. intros k Hk. apply filter_In in Hk as [Hk Hd].
    apply in_seq in Hk. unfold differs in Hd.
    destruct (Hval k ltac:(lia)) as [Ek|Ek], (Hval k0 Hk0) as [E0|E0]; rewrite Ek, E0 in *; try discriminate;
      simpl; lra. }
  rewrite Es, Ed. fold D.
  destruct (Hval k0 Hk0) as [Ev|Ev]; rewrite Ev; unfold near; repeat split; try discriminate; intros;
    solve [apply le_div; lra | apply div_le; lra].
Qed.
End Majority.

Lemma fifths n : (2 / 5) ^ n = IZR (2 ^ Z.of_nat n) / IZR (5 ^ Z.of_nat n).
Proof.
  rewrite <- !pow_IZR. replace (2 / 5) with (2 * / 5) by field. rewrite Rpow_mult_distr, pow_inv. reflexivity.
Qed.

Section Light.
Variables (r : nat) (S : nat -> Z) (k0 : nat) (ks : list nat) (vis : nat -> bool) (z other : nat -> nat).
Variables (keys c u s : Z).
Hypothesis Hlight : light keys c u s = true.
Hypothesis Hd : NoDup ks.
Hypothesis Hr : (length ks <= r)%nat.
Hypothesis Hkeys : (Z.of_nat r <= keys)%Z.
Hypothesis Hvis : forall k, In k ks -> vis k = true ->
  (S k <= S k0 - c * Z.of_nat (z k))%Z /\ (1 <= z k)%nat /\ (Z.of_nat (other k) < s)%Z.
Hypothesis Hinj : forall k k', In k ks -> In k' ks -> vis k = true -> vis k' = true ->
  z k = z k' -> other k = other k' -> k = k'.
Hypothesis Hinv : forall k, In k ks -> vis k = false -> (S k <= S k0 - u)%Z.
Hypothesis Hs : (0 <= s)%Z.
Let E k := exp (IZR (S k)).

Theorem light_keys : sum E ks <= / 3 * E k0.
Proof.
  unfold light in Hlight. set (c' := Z.min c 64) in *. set (u' := Z.min u 64) in *.
  rewrite !andb_true_iff, !Z.leb_le in Hlight. destruct Hlight as [[Hc Hu] HL].
  set (cn := Z.to_nat c'). set (un := Z.to_nat u').
  assert (Ec : Z.of_nat cn = c') by (unfold cn; lia). assert (Eu : Z.of_nat un = u') by (unfold un; lia).
  set (x := (2 / 5) ^ cn). set (y := (2 / 5) ^ un).
  assert (Hx : 0 < x < 1).
  { unfold x. split; [apply pow_lt; lra|]. destruct cn as [|n] eqn:En; [lia|]. simpl.
    assert (0 < (2 / 5) ^ n <= 1) by (split; [apply pow_lt; lra | rewrite <- (pow1 n); apply pow_incr; lra]). lra. }
  assert (Hy : 0 < y) by (unfold y; apply pow_lt; lra).
  assert (HE : forall k, E k = E k0 * exp (IZR (S k - S k0))).
  { intros k. unfold E. rewrite <- exp_plus, <- plus_IZR. f_equal. f_equal. lia. }
  assert (H0 : 0 < E k0) by apply exp_pos.
  rewrite (sum_filter E vis).
  assert (HV : sum E (filter vis ks) <= E k0 * (IZR s * (x / (1 - x)))).
  { apply Rle_trans with (sum (fun k => E k0 * x ^ z k) (filter vis ks)).
    - apply sum_le. intros k Hk. apply filter_In in Hk as [Hk Vk]. destruct (Hvis k Hk Vk) as (H1 & H2 & _).
      rewrite HE. apply Rmult_le_compat_l; [lra|]. unfold x. rewrite <- pow_mult. apply exp_below.
      rewrite Nat2Z.inj_mul, Ec. assert (c' <= c)%Z by (unfold c'; lia). nia.
    - rewrite sum_scal. apply Rmult_le_compat_l; [lra|].
      replace (IZR s) with (INR (Z.to_nat s)) by (rewrite INR_IZR_INZ, Z2Nat.id by lia; reflexivity).
      apply (shared_places x z other Hx).
      + now apply NoDup_filter.
      + intros k Hk. apply filter_In in Hk as [Hk Vk]. destruct (Hvis k Hk Vk) as (_ & H2 & H3). lia.
      + intros a b Ha Hb. apply filter_In in Ha as [Ha Va], Hb as [Hb Vb]. auto. }
  assert (HI : sum E (filter (fun k => negb (vis k)) ks) <= E k0 * (IZR keys * y)).
  { apply Rle_trans with (sum (fun k => E k0 * y) (filter (fun k => negb (vis k)) ks)).
    - apply sum_le. intros k Hk. apply filter_In in Hk as [Hk Vk]. apply negb_true_iff in Vk.
      rewrite HE. apply Rmult_le_compat_l; [lra|]. apply exp_below. rewrite Eu. specialize (Hinv k Hk Vk).
      unfold u'. lia.
    - assert (Hc1 : forall l : list nat, sum (fun _ => E k0 * y) l = INR (length l) * (E k0 * y)).
      { induction l; [simpl; lra|]. cbn [length]. rewrite S_INR. cbn [sum fold_right] in *.
        fold (sum (fun _ : nat => E k0 * y) l). rewrite IHl. ring. }
      rewrite Hc1. replace (E k0 * (IZR keys * y)) with (IZR keys * (E k0 * y)) by ring.
      apply Rmult_le_compat_r; [nra|]. apply Rle_trans with (INR r).
      + apply le_INR. eapply Nat.le_trans; [apply filter_shorter | exact Hr].
      + rewrite INR_IZR_INZ. now apply IZR_le. }
  assert (HT : 3 * (IZR s * (x / (1 - x)) + IZR keys * y) <= 1).
  { unfold x, y. rewrite !fifths, Ec, Eu. apply IZR_le in HL.
    rewrite !mult_IZR, plus_IZR, !mult_IZR, minus_IZR in HL.
    assert (P5u : 0 < IZR (5 ^ u')) by (apply (IZR_lt 0), Z.pow_pos_nonneg; lia).
    assert (P5c : 0 < IZR (5 ^ c')) by (apply (IZR_lt 0), Z.pow_pos_nonneg; lia).
    assert (Pd : 0 < IZR (5 ^ c') - IZR (2 ^ c')).
    { rewrite <- minus_IZR. apply (IZR_lt 0). assert (2 ^ c' < 5 ^ c')%Z by (apply Z.pow_lt_mono_l; lia). lia. }
    set (a := IZR (2 ^ c')) in *. set (b := IZR (5 ^ c')) in *. set (p := IZR (2 ^ u')) in *.
    set (q := IZR (5 ^ u')) in *.
    replace (3 * (IZR s * (a / b / (1 - a / b)) + IZR keys * (p / q)))
      with (3 * (IZR s * a * q + IZR keys * p * (b - a)) / (q * (b - a))) by (field; lra).
    apply div_le; [now apply Rmult_lt_0_compat|]. lra. }
  nra.
Qed.
End Light.

Lemma near_0 : near 0 0.
Proof. unfold near; repeat split; intros; try lra; discriminate. Qed.

(** * Restoring a bit *)

Definition restored (y : R) : R := relu (4 * y - 2) - relu (4 * y - 3).
Lemma restored_near b y : (b = 0 \/ b = 1)%Z -> near b y -> restored y = IZR b.
Proof.
  unfold near, restored, relu. intros [-> | ->] (H & H0 & H1).
  - specialize (H0 eq_refl). rewrite !Rmax_left by lra. simpl; lra.
  - specialize (H1 eq_refl). rewrite !Rmax_right by lra. simpl; lra.
Qed.
