(** Tactics for inequalities between real numbers with quotients and ReLUs; Obligations.v uses them. *)

From Coq Require Import Reals Lra Psatz.
From Proofformer Require Import Net.
Open Scope R_scope.

Lemma quotient_above a b c : 0 < c -> a <= b / c -> a * c <= b.
Proof.
  intros Hc H. apply Rmult_le_compat_r with (r := c) in H; [|lra].
  unfold Rdiv in H. rewrite Rmult_assoc, Rinv_l in H; lra.
Qed.
Lemma quotient_below a b c : 0 < c -> b / c <= a -> b <= a * c.
Proof.
  intros Hc H. apply Rmult_le_compat_r with (r := c) in H; [|lra].
  unfold Rdiv in H. rewrite Rmult_assoc, Rinv_l in H; lra.
Qed.
Lemma both_below a b : a < 0 -> b < 0 -> 0 < a * b.
Proof. nra. Qed.

Ltac not_negative :=
  solve [lra | nra | repeat first [lra | apply Rplus_le_le_0_compat | apply pow_le | apply Rmult_le_pos]].
Ltac positive :=
  solve [lra | nra | repeat first
    [lra | apply Rplus_le_lt_0_compat; [not_negative|] | apply Rmult_lt_0_compat | apply both_below]].
Ltac not_zero := repeat split; solve [lra | apply Rgt_not_eq; positive | apply Rlt_not_eq; nra].
(** Cases apart, and quotients to the other side. *)
Ltac cases :=
  intros; repeat match goal with H : _ \/ _ |- _ => destruct H | H : _ /\ _ |- _ => destruct H end; subst;
  repeat match goal with
  | H : _ <= _ / _ |- _ => apply quotient_above in H; [|positive]
  | H : _ / _ <= _ |- _ => apply quotient_below in H; [|positive]
  end.
Ltac relus := unfold relu, Rmax; repeat destruct Rle_dec.
Ltac obligation := cases; repeat split; relus; solve [lra | nra].
(** left - right is n / d, with n as the relation has it, and d above 0. *)
Ltac over n d :=
  let Hd := fresh in let Hn := fresh in assert (Hd : 0 < d) by positive;
  lazymatch goal with
  | |- _ = _ => field; not_zero
  | |- ?l > ?r =>
    assert (Hn : 0 < n / d) by (apply Rdiv_lt_0_compat; positive); apply Rminus_gt;
    replace (l - r) with (n / d) by (field; not_zero); lra
  | |- _ =>
    assert (Hn : 0 <= n / d) by (apply Rmult_le_pos; [not_negative | left; now apply Rinv_0_lt_compat]);
    apply Rminus_ge;
    match goal with |- ?l - ?r >= 0 => replace (l - r) with (n / d) by (field; not_zero) end; lra
  end.
