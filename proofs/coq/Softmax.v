(** A softmax whose scores are far enough apart returns nearly what one key has. Nothing here knows of documents. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz.
Import ListNotations.
From Proofformer Require Import Net.
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
(** * Powers of 1/8, and e^-3, which is smaller *)

Lemma geometric m : sum (fun z => (/ 8) ^ z) (seq 1 m) = (1 - (/ 8) ^ m) / 7.
Proof. induction m. simpl; lra. rewrite seq_S, sum_app, IHm. simpl. lra. Qed.
Lemma geometric_le zsum : NoDup zsum -> (forall z, In z zsum -> (1 <= z)%nat) ->
  sum (fun z => (/ 8) ^ z) zsum <= / 7.
Proof.
  intros Hd H1. apply Rle_trans with (sum (fun z => (/ 8) ^ z) (seq 1 (list_max zsum))).
  - apply sum_incl; auto. 2: intros; apply pow_le; lra.
    intros z Hz. apply in_seq. specialize (H1 z Hz).
    assert (list_max zsum <= list_max zsum)%nat by lia. rewrite list_max_le, Forall_forall in H.
    specialize (H z Hz). lia.
  - rewrite geometric. assert (0 <= (/ 8) ^ list_max zsum) by (apply pow_le; lra). lra.
Qed.
Lemma exp_monotone a b : a <= b -> exp a <= exp b.
Proof. intros [H| ->]; [apply Rlt_le, exp_increasing, H | lra]. Qed.
Lemma exp_1 : 2 <= exp 1.
Proof. generalize (exp_ineq1 1). lra. Qed.
Lemma exp_half n : exp (- INR n) <= (/ 2) ^ n.
Proof.
  induction n. simpl. rewrite Ropp_0, exp_0; lra.
  rewrite S_INR, Ropp_plus_distr, exp_plus. simpl. rewrite Rmult_comm.
  apply Rmult_le_compat; auto; try (apply Rlt_le, exp_pos).
  rewrite exp_Ropp. apply Rinv_le_contravar; [lra|apply exp_1].
Qed.
Lemma exp_eighth n : exp (- (3 * INR n)) <= (/ 8) ^ n.
Proof.
  replace (3 * INR n) with (INR (3 * n)) by (rewrite mult_INR; simpl; lra).
  eapply Rle_trans. apply exp_half. rewrite pow_mult. right. f_equal. simpl. lra.
Qed.
Lemma le_div a n d : 0 < d -> a * d <= n -> a <= n / d.
Proof. intros Hd H. apply Rmult_le_reg_r with d; auto. replace (n / d * d) with n by (field; lra). auto. Qed.
Lemma div_le a n d : 0 < d -> n <= a * d -> n / d <= a.
Proof. intros Hd H. apply Rmult_le_reg_r with d; auto. replace (n / d * d) with n by (field; lra). auto. Qed.
Lemma NoDup_map_of {A B} (g : A -> B) s :
  (forall a b, In a s -> In b s -> g a = g b -> a = b) -> NoDup s -> NoDup (map g s).
Proof.
  induction s; simpl; intros H Hn; constructor; inversion Hn; subst.
  - intros Hi. apply in_map_iff in Hi as (b & E & Hb). apply H2. rewrite (H a b) by auto. auto.
  - apply IHs; auto.
Qed.

(** * One head

    Row r sees the keys below r. Key k has the score [S k]; it is visible or not. Of visible keys, [obj] is to be least,
    and then the index [idx], below P; k0 is that one. One index more costs c, a unit of [obj] costs w1 * c,
    and an invisible key is u below k0. *)
Section Select.
Variables (r : nat) (S obj index val : nat -> Z) (vis : nat -> bool) (A w1 c P u : Z) (k0 : nat).
Hypothesis Hc : (3 <= c)%Z.
Hypothesis Hw1 : (P <= w1)%Z.
Hypothesis Hvis : forall k, (k < r)%nat -> vis k = true -> S k = (A - c * (w1 * obj k + index k))%Z.
Hypothesis Hinv : forall k, (k < r)%nat -> vis k = false -> (S k <= S k0 - u)%Z.
Hypothesis Hidx : forall k, (k < r)%nat -> vis k = true -> (0 <= index k < P)%Z.
Hypothesis Hinj : forall k k', (k < r)%nat -> (k' < r)%nat -> vis k = true -> vis k' = true ->
  index k = index k' -> k = k'.
Hypothesis Hu0 : (0 <= u)%Z.
Hypothesis Hu : (8 * Z.of_nat r <= 2 ^ u)%Z.
Hypothesis Hk0 : (k0 < r)%nat.
Hypothesis Hv0 : vis k0 = true.
Hypothesis Hbest : forall k, (k < r)%nat -> vis k = true ->
  (obj k0 < obj k \/ (obj k0 = obj k /\ index k0 <= index k))%Z.
Hypothesis Hval : forall k, (k < r)%nat -> val k = 0%Z \/ val k = 1%Z.

(** The visible keys in order: key k comes [z k] places after k0, so that its weight is at most 8^-z of k0's. *)
Let code k := (w1 * obj k + index k)%Z.
Let z k := Z.to_nat (code k - code k0).
Let E k := exp (IZR (S k)).
Let eps := / (8 * INR r).

Lemma code_pos k : (k < r)%nat -> vis k = true -> k <> k0 -> (1 <= code k - code k0)%Z.
Proof.
  intros Hk Hv Hn. pose proof (Hidx k Hk Hv). pose proof (Hidx k0 Hk0 Hv0).
  assert (index k <> index k0). { intros Ei. apply Hn. now apply Hinj. }
  unfold code. destruct (Hbest k Hk Hv) as [Hl|[He Hl]]; nia.
Qed.

Lemma term_le k : (k < r)%nat -> k <> k0 -> E k <= E k0 * (if vis k then (/ 8) ^ z k else eps).
Proof.
  intros Hk Hn. unfold E.
  replace (IZR (S k)) with (IZR (S k0) + (IZR (S k) - IZR (S k0))) by ring. rewrite exp_plus.
  apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|]. rewrite <- minus_IZR.
  destruct (vis k) eqn:Hv.
  - pose proof (code_pos k Hk Hv Hn). eapply Rle_trans; [|apply exp_eighth].
    rewrite (Hvis k Hk Hv), (Hvis k0 Hk0 Hv0). unfold z. rewrite INR_IZR_INZ, Z2Nat.id by lia.
    replace (- (3 * IZR (code k - code k0))) with (IZR (- 3 * (code k - code k0))) by (rewrite mult_IZR; ring).
    apply exp_monotone, IZR_le. revert H. fold (code k) (code k0). nia.
  - apply Rle_trans with (exp (- INR (Z.to_nat u))).
    + apply exp_monotone. rewrite INR_IZR_INZ, Z2Nat.id, <- opp_IZR by lia. apply IZR_le.
      specialize (Hinv k Hk Hv). lia.
    + eapply Rle_trans; [apply exp_half|]. unfold eps.
      assert (0 < INR r) by (apply lt_0_INR; lia).
      rewrite pow_inv. apply Rinv_le_contravar; [lra|].
      replace 8 with (IZR 8) by reflexivity. replace 2 with (IZR 2) by reflexivity.
      rewrite INR_IZR_INZ, <- mult_IZR, pow_IZR. apply IZR_le. rewrite Z2Nat.id by lia. exact Hu.
Qed.

(** All others together weigh a third of k0 at most: visible ones a seventh, the others an eighth. *)
Lemma others k1 k2 : seq 0 r = k1 ++ k0 :: k2 -> sum E (k1 ++ k2) <= E k0 * / 3.
Proof.
  intros Hs. set (rest := k1 ++ k2).
  assert (Hnd : NoDup (k1 ++ k0 :: k2)) by (rewrite <- Hs; apply seq_NoDup).
  apply NoDup_remove in Hnd as [Hnd Hni]. fold rest in Hnd, Hni.
  assert (Hin : forall k, In k rest -> (k < r)%nat /\ k <> k0).
  { intros k Hk. split; [|intros ->; auto].
    assert (In k (seq 0 r)). { rewrite Hs. apply in_app_or in Hk. apply in_or_app. simpl. tauto. }
    apply in_seq in H. lia. }
  eapply Rle_trans; [apply sum_le; intros k Hk; apply term_le; apply Hin; auto|].
  rewrite sum_scal. apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|].
  assert (Hr : 0 < INR r) by (apply lt_0_INR; lia).
  assert (He : 0 <= eps) by (unfold eps; apply Rlt_le, Rinv_0_lt_compat; lra).
  assert (Hsum : forall ks, sum (fun k => if vis k then (/ 8) ^ z k else eps) ks
    <= sum (fun n => (/ 8) ^ n) (map z (filter vis ks)) + INR (length ks) * eps).
  { induction ks as [|k ks IH]; [simpl; lra|]. simpl filter. simpl length. rewrite S_INR.
    destruct (vis k) eqn:Ek; simpl; rewrite Ek; lra. }
  eapply Rle_trans; [apply Hsum|].
  assert (Hg : sum (fun n => (/ 8) ^ n) (map z (filter vis rest)) <= / 7).
  { apply geometric_le.
    - apply NoDup_map_of; [|now apply NoDup_filter].
      intros a b Ha Hb Ez. apply filter_In in Ha as [Ha Va], Hb as [Hb Vb].
      destruct (Hin a Ha) as [La Na], (Hin b Hb) as [Lb Nb].
      pose proof (code_pos a La Va Na). pose proof (code_pos b Lb Vb Nb). unfold z in Ez.
      assert (Ec : code a = code b) by lia. unfold code in Ec.
      pose proof (Hidx a La Va). pose proof (Hidx b Lb Vb).
      apply Hinj; auto. revert Ec H1 H2 Hw1. clear. generalize (obj a) (obj b) (index a) (index b).
      intros h h' i i' E Hi Hi' Hw.
      assert (h = h') by (assert (h < h' \/ h = h' \/ h' < h)%Z as [?|[?|?]] by lia; auto; exfalso; nia).
      subst; lia.
    - intros n Hn. apply in_map_iff in Hn as (k & <- & Hk). apply filter_In in Hk as [Hk Vk].
      destruct (Hin k Hk) as [Lk Nk]. pose proof (code_pos k Lk Vk Nk). unfold z. lia. }
  assert (Hlen : INR (length rest) <= INR r).
  { apply le_INR. assert (length (seq 0 r) = Datatypes.S (length rest)) by (rewrite Hs; unfold rest;
    rewrite !app_length; simpl; lia).
    rewrite seq_length in H. lia. }
  assert (Hle : INR (length rest) * eps <= / 8).
  { apply Rle_trans with (INR r * eps); [apply Rmult_le_compat_r; auto|]. unfold eps. right. field. lra. }
  lra.
Qed.

(** So the weighted mean of bits is near k0's. *)
Theorem select : near (val k0) (sum (fun k => E k * IZR (val k)) (seq 0 r) / sum E (seq 0 r)).
Proof.
  destruct (in_split k0 (seq 0 r)) as (k1 & k2 & Hs); [apply in_seq; lia|].
  pose proof (others k1 k2 Hs) as HL. rewrite sum_app in HL.
  assert (Hin : forall k, In k (k1 ++ k0 :: k2) -> (k < r)%nat) by (rewrite <- Hs; intros k Hk; apply in_seq in Hk;
    lia).
  rewrite Hs, !sum_app. cbn [sum fold_right]. fold (sum E k2). fold (sum (fun k => E k * IZR (val k)) k2).
  assert (0 < E k0) by apply exp_pos.
  assert (Hv : forall ks, (forall k, In k ks -> (k < r)%nat) ->
    0 <= sum (fun k => E k * IZR (val k)) ks <= sum E ks).
  { induction ks as [|k ks IH]; simpl; intros Hi; [lra|]. pose proof (exp_pos (IZR (S k))). fold (E k) in *.
    specialize (IH ltac:(auto)). unfold sum in *. destruct (Hval k) as [-> | ->]; auto; lra. }
  assert (H1 := Hv k1 ltac:(intros; apply Hin, in_or_app; auto)).
  assert (H2 := Hv k2 ltac:(intros; apply Hin, in_or_app; simpl; auto)).
  set (N1 := sum (fun k => E k * IZR (val k)) k1) in *. set (N2 := sum (fun k => E k * IZR (val k)) k2) in *.
  set (L1 := sum E k1) in *. set (L2 := sum E k2) in *.
  assert (0 < L1 + (E k0 + L2)) by lra.
  destruct (Hval k0 Hk0) as [Ev | Ev]; rewrite Ev; simpl IZR; unfold near; repeat split; try discriminate; intros;
    solve [apply le_div; lra | apply div_le; lra].
Qed.
End Select.

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
