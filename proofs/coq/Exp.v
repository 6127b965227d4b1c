(** 1/e between two fractions as near as one likes, by its series; and the planner's bound of it. *)

From Coq Require Import Reals Lra Lia ZArith.
From Proofformer Require Import Softmax.
Open Scope R_scope.

Definition term (n : nat) : R := / INR (fact n).

Lemma term_decreasing : Un_decreasing term.
Proof.
  intros n. unfold term. apply Rinv_le_contravar; [apply INR_fact_lt_0|]. rewrite fact_simpl, mult_INR, S_INR.
  pose proof (INR_fact_lt_0 n). pose proof (pos_INR n). nra.
Qed.
Lemma term_vanishes : Un_cv term 0.
Proof.
  intros eps He. destruct (cv_speed_pow_fact 1 eps He) as [N HN]. exists N. intros n Hn. specialize (HN n Hn).
  unfold R_dist, term in *. rewrite pow1 in HN.
  now replace (/ INR (fact n)) with (1 / INR (fact n)) by (unfold Rdiv; lra).
Qed.
Lemma series : Un_cv (fun n => sum_f_R0 (tg_alt term) n) (exp (- 1)).
Proof.
  assert (H : exp_in (- 1) (exp (- 1))) by (unfold exp; destruct (exist_exp (- 1)) as [x Hx]; exact Hx).
  intros eps He. destruct (H eps He) as [N HN]. exists N. intros n Hn. specialize (HN n Hn).
  replace (sum_f_R0 (tg_alt term) n) with (sum_f_R0 (fun i => / INR (fact i) * (- 1) ^ i) n); auto.
  apply sum_eq. intros i _. unfold tg_alt, term. ring.
Qed.

(** The sum of 1/0! - 1/1! + .. up to n is numerator n / factorial n. *)
Fixpoint factorial (n : nat) : Z := match n with O => 1 | S m => Z.of_nat n * factorial m end%Z.
Fixpoint numerator (n : nat) : Z :=
  match n with O => 1 | S m => Z.of_nat n * numerator m + (if Nat.even n then 1 else -1) end%Z.

Lemma fact_factorial n : INR (fact n) = IZR (factorial n).
Proof.
  induction n as [|n IH]; [reflexivity|]. rewrite fact_simpl, mult_INR, IH, INR_IZR_INZ, <- mult_IZR. reflexivity.
Qed.
Lemma sign n : (- 1) ^ n = IZR (if Nat.even n then 1 else -1).
Proof.
  induction n as [|n IH]; [reflexivity|]. rewrite <- tech_pow_Rmult, IH, Nat.even_succ, <- Nat.negb_even.
  destruct (Nat.even n); simpl; lra.
Qed.
Lemma partial n : sum_f_R0 (tg_alt term) n = IZR (numerator n) / IZR (factorial n).
Proof.
  induction n as [|n IH]; [unfold tg_alt, term; simpl; lra|].
  assert (Hf : IZR (factorial n) <> 0) by (rewrite <- fact_factorial; apply INR_fact_neq_0).
  assert (Hn : IZR (Z.of_nat (S n)) <> 0) by (apply not_0_IZR; lia).
  rewrite tech5, IH. unfold tg_alt, term. rewrite sign, fact_factorial.
  change (numerator (S n)) with (Z.of_nat (S n) * numerator n + (if Nat.even (S n) then 1 else -1))%Z.
  change (factorial (S n)) with (Z.of_nat (S n) * factorial n)%Z. rewrite plus_IZR, !mult_IZR. field. auto.
Qed.

(** Whatever lies on the outer side of a partial sum bounds 1/e. *)
Theorem inverse_e_above n p q : (0 < q)%Z -> (numerator (2 * n) * q <=? p * factorial (2 * n))%Z = true ->
  exp (- 1) <= IZR p / IZR q.
Proof.
  intros Hq H. apply Z.leb_le, IZR_le in H. rewrite !mult_IZR in H. apply IZR_lt in Hq.
  destruct (alternated_series_ineq term (exp (- 1)) n term_decreasing term_vanishes series) as [_ Hs].
  eapply Rle_trans; [exact Hs|]. rewrite partial. rewrite <- fact_factorial in *. pose proof (INR_fact_lt_0 (2 * n)).
  apply div_le; auto. apply Rmult_le_reg_r with (IZR q); auto.
  replace (IZR p / IZR q * INR (fact (2 * n)) * IZR q) with (IZR p * INR (fact (2 * n))) by (field; lra). exact H.
Qed.
Theorem inverse_e_below n p q : (0 < q)%Z -> (p * factorial (S (2 * n)) <=? numerator (S (2 * n)) * q)%Z = true ->
  IZR p / IZR q <= exp (- 1).
Proof.
  intros Hq H. apply Z.leb_le, IZR_le in H. rewrite !mult_IZR in H. apply IZR_lt in Hq.
  destruct (alternated_series_ineq term (exp (- 1)) n term_decreasing term_vanishes series) as [Hs _].
  eapply Rle_trans; [|exact Hs]. rewrite partial. rewrite <- fact_factorial in *.
  pose proof (INR_fact_lt_0 (S (2 * n))).
  apply le_div; auto. apply Rmult_le_reg_r with (IZR q); auto.
  replace (IZR p / IZR q * INR (fact (S (2 * n))) * IZR q) with (IZR p * INR (fact (S (2 * n)))) by (field; lra).
  exact H.
Qed.

(** The planner's bound of 1/e. *)
Theorem inverse_of_e : exp (- 1) <= 500 / 1359.
Proof. apply (inverse_e_above 4); [lia|]. vm_compute. reflexivity. Qed.
Lemma exp_minus n : exp (- INR n) = exp (- 1) ^ n.
Proof.
  induction n as [|n IH]; [simpl; now rewrite Ropp_0, exp_0|].
  rewrite S_INR, Ropp_plus_distr, exp_plus, IH. simpl. replace (- (1)) with (- 1) by lra. ring.
Qed.
Theorem exp_minus_le n : exp (- INR n) <= (500 / 1359) ^ n.
Proof. rewrite exp_minus. apply pow_incr. split; [apply Rlt_le, exp_pos | apply inverse_of_e]. Qed.
Lemma exp_minus_half n : exp (- INR n) <= (/ 2) ^ n.
Proof. eapply Rle_trans; [apply exp_minus_le|]. apply pow_incr. lra. Qed.
