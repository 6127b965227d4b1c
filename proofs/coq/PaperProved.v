(** What holds of the units of Paper.v, and what does not, for all n and l. *)

From Coq Require Import Reals Lra Lia ZArith List Bool Psatz.
From Proofformer Require Import Net Softmax Exp Paper.
Import ListNotations.
Open Scope R_scope.

(** * Products *)

Lemma product_cons a b x y : product (a :: x) (b :: y) = a * b + product x y.
Proof. reflexivity. Qed.
Lemma inner_cons a b x y : inner (a :: x) (b :: y) = if a && b then S (inner x y) else inner x y.
Proof. unfold inner. simpl. now destruct (a && b). Qed.
Lemma product_app a b c d : length a = length b -> product (a ++ c) (b ++ d) = product a b + product c d.
Proof.
  revert b. induction a as [|x a IH]; intros [|y b] H; try discriminate; [unfold product; simpl; lra|].
  injection H as H. simpl. rewrite !product_cons, IH by auto. lra.
Qed.
Lemma product_real x y : product (real x) (real y) = INR (inner x y).
Proof.
  revert y. induction x as [|a x IH]; intros [|b y]; auto. rewrite inner_cons.
  unfold real. simpl. fold (real x) (real y). rewrite product_cons, IH. destruct a, b; cbn [andb]; rewrite ?S_INR; lra.
Qed.
Lemma product_zero x l : product x (repeat 0 l) = 0.
Proof. unfold product. revert l. induction x as [|a x IH]; intros [|l]; simpl; auto. rewrite IH. lra. Qed.
Lemma product_zero_l x l : product (repeat 0 l) x = 0.
Proof. unfold product. revert l. induction x as [|a x IH]; intros [|l]; simpl; auto. rewrite IH. lra. Qed.

Lemma product_ones x l : length x = l -> product (real x) (repeat 1 l) = INR (ones x).
Proof.
  intros <-. unfold ones. induction x as [|a x IH]; auto. rewrite inner_cons. unfold real. simpl. fold (real x).
  rewrite product_cons, IH. destruct a; cbn [andb]; rewrite ?S_INR; lra.
Qed.
Lemma real_length x : length (real x) = length x.
Proof. apply map_length. Qed.

Lemma inner_sym x y : inner x y = inner y x.
Proof.
  unfold inner. revert y. induction x as [|a x IH]; intros [|b y]; simpl; auto.
  destruct a, b; simpl; rewrite IH; auto.
Qed.
Lemma inner_le x y : (inner x y <= ones x)%nat.
Proof.
  unfold ones, inner. revert y. induction x as [|a x IH]; intros [|b y]; simpl; try lia.
  specialize (IH y). destruct a, b; simpl; lia.
Qed.
Lemma ones_le x : (ones x <= length x)%nat.
Proof. unfold ones, inner. induction x as [|[] x IH]; simpl; lia. Qed.
Lemma ones_pos x : In true x -> (1 <= ones x)%nat.
Proof. unfold ones, inner. induction x as [|[] x IH]; simpl; [easy|lia|]. intros [|H]; [easy|auto]. Qed.
Lemma inner_zero l x : inner x (repeat false l) = 0%nat.
Proof. unfold inner. revert l. induction x as [|[] x IH]; intros [|l]; simpl; auto. Qed.
Lemma inner_all l x : length x = l -> inner x (repeat true l) = ones x.
Proof. intros <-. unfold ones, inner. induction x as [|[] x IH]; simpl; auto. Qed.

(** * Pairs *)

Lemma partner_pair P X : some_pair P X <-> exists i, (i < length X)%nat /\ has_partner P X i.
Proof.
  split.
  - intros (i & j & H & HP). exists i. split; [lia|]. exists j. repeat split; auto; lia.
  - intros (i & Hi & j & Hj & Hn & HP). destruct (Nat.lt_total i j) as [H|[H|H]]; [|lia|].
    + now exists i, j.
    + exists j, i. rewrite inner_sym. split; [lia|auto].
Qed.
Lemma nth_here {A} (a b : list A) x d : nth (length a) (a ++ x :: b) d = x.
Proof. now rewrite nth_middle. Qed.
Lemma no_pair_others P X a b x : ~ some_pair P X -> X = a ++ x :: b -> forall y, In y (a ++ b) -> ~ P (inner x y).
Proof.
  intros H -> y Hy HP. apply H, partner_pair. exists (length a). split; [rewrite app_length; simpl; lia|].
  unfold has_partner. rewrite nth_here.
  apply in_app_or in Hy as [Hy|Hy]; apply in_split in Hy as (c & d & ->).
  - exists (length c). rewrite <- app_assoc; simpl. rewrite nth_here.
    repeat split; auto; rewrite ?app_length; simpl; lia.
  - exists (length a + S (length c))%nat. rewrite app_nth2_plus. simpl. rewrite nth_here.
    repeat split; auto; rewrite ?app_length; simpl; rewrite ?app_length; simpl; lia.
Qed.
Lemma pair_others P X : some_pair P X -> exists a b x y, X = a ++ x :: b /\ In y b /\ P (inner x y).
Proof.
  intros (i & j & H & HP). destruct (nth_split X [] (n := i)) as (a & b & E & Ha); [lia|].
  exists a, b, (nth i X []), (nth j X []). repeat split; auto.
  rewrite E at 1. rewrite app_nth2 by lia. replace (j - length a)%nat with (S (j - S i)) by lia. simpl.
  apply nth_In. assert (L := f_equal (@length _) E). rewrite app_length in L. simpl in L. lia.
Qed.

Lemma others_split X i : (i < length X)%nat ->
  exists a b, X = a ++ nth i X [] :: b /\ others X i = a ++ b /\ length a = i.
Proof.
  intros H. destruct (nth_split X [] H) as (a & b & E & Ha). exists a, b. repeat split; auto.
  unfold others. clear H. revert E. generalize (nth i X []). intros x ->. subst i.
  rewrite firstn_app, firstn_all, Nat.sub_diag, app_nil_r, skipn_app, skipn_all2 by lia. f_equal.
  now replace (S (length a) - length a)%nat with 1%nat by lia.
Qed.
Lemma others_nth X i y : (i < length X)%nat ->
  In y (others X i) <-> exists j, (j < length X)%nat /\ j <> i /\ nth j X [] = y.
Proof.
  intros H. destruct (others_split X i H) as (a & b & E & -> & <-). revert E. generalize (nth (length a) X []).
  intros x ->. rewrite in_app_iff. split.
  - intros [Hy|Hy]; apply (In_nth _ _ []) in Hy as (j & Hj & Ey).
    + exists j. rewrite app_length, app_nth1 by lia. repeat split; auto; lia.
    + exists (length a + S j)%nat. rewrite app_length, app_nth2_plus. simpl. repeat split; auto; lia.
  - intros (j & Hj & Hn & <-). rewrite app_length in Hj. simpl in Hj.
    destruct (Nat.lt_total j (length a)) as [Hl|[Hl|Hl]].
    + left. rewrite app_nth1 by lia. now apply nth_In.
    + lia.
    + right. rewrite app_nth2 by lia. replace (j - length a)%nat with (S (j - S (length a))) by lia.
      simpl. apply nth_In. lia.
Qed.
Lemma others_length X i : (length (others X i) <= length X)%nat.
Proof. unfold others. rewrite app_length, firstn_length, skipn_length. lia. Qed.

(** * The weights, relative to that of the sentinel *)

Lemma attention_relative c V rows s x : product s V = 0 ->
  attention c V (rows ++ [s]) x =
  sum (fun y => exp (c * (product x y - product x s)) * product y V) rows
  / (sum (fun y => exp (c * (product x y - product x s))) rows + 1).
Proof.
  intros Hs. unfold attention. rewrite !sum_app. cbn [sum fold_right]. rewrite Hs.
  set (e := exp (c * product x s)). assert (He : 0 < e) by apply exp_pos.
  assert (E : forall y, exp (c * product x y) = e * exp (c * (product x y - product x s))).
  { intros y. unfold e. rewrite <- exp_plus. f_equal. ring. }
  rewrite (sum_ext (fun y => exp (c * product x y) * product y V)
    (fun y => e * (exp (c * (product x y - product x s)) * product y V)) rows) by (intros; rewrite E; ring).
  rewrite (sum_ext (fun y => exp (c * product x y))
    (fun y => e * exp (c * (product x y - product x s))) rows) by (intros; apply E).
  rewrite !sum_scal.
  assert (0 <= sum (fun y => exp (c * (product x y - product x s))) rows).
  { apply sum_pos; intros; apply Rlt_le, exp_pos. }
  field. split; nra.
Qed.

(** Weights w and values v of the rows, the sentinel's being 1 and 0. *)
Definition mean (w v : doc -> R) (X : list doc) : R := sum (fun y => w y * v y) X / (sum w X + 1).

Lemma mean_ext w v w' v' X : (forall y, In y X -> w y = w' y /\ v y = v' y) -> mean w v X = mean w' v' X.
Proof.
  intros H. unfold mean. f_equal; [|f_equal]; apply sum_ext; intros y Hy; destruct (H y Hy) as [Hw Hv]; congruence.
Qed.
Lemma ov_mean l X x : of_length l X -> In x X ->
  ov_output l X x = mean (fun y => exp (- 3 * ln (size X) * INR (inner x y))) (fun y => INR (ones y)) X.
Proof.
  intros HX Hx. unfold ov_output. rewrite attention_relative by apply product_zero_l.
  unfold mean. rewrite !sum_map, !product_zero. unfold of_length in HX. rewrite Forall_forall in HX.
  f_equal; [|f_equal]; apply sum_ext; intros y Hy; rewrite product_real, Rminus_0_r; auto.
  now rewrite product_ones by auto.
Qed.
Lemma ip_mean c s l X x : of_length l X -> In x X ->
  ip_output c s l X x = mean (fun y => exp (c * (INR (inner x y) + 1 - s))) (fun y => INR (ones y)) X.
Proof.
  intros HX Hx. unfold of_length in HX. rewrite Forall_forall in HX.
  assert (S : product (real x ++ [1]) (repeat 0 l ++ [s]) = s).
  { rewrite product_app, product_zero by (rewrite real_length, repeat_length; auto). unfold product; simpl; lra. }
  unfold ip_output. rewrite attention_relative.
  2: { rewrite product_app, product_zero_l by (now rewrite !repeat_length). unfold product; simpl; lra. }
  unfold mean. rewrite !sum_map, S.
  assert (E : forall y, In y X -> product (real x ++ [1]) (real y ++ [1]) = INR (inner x y) + 1).
  { intros y Hy. rewrite product_app, product_real by (rewrite !real_length, !HX; auto). unfold product; simpl; lra. }
  f_equal; [|f_equal]; apply sum_ext; intros y Hy; rewrite E by auto; auto.
  rewrite product_app, product_ones by (rewrite ?real_length, ?repeat_length; auto). f_equal.
  unfold product; simpl; lra.
Qed.
Lemma mended_mean c t l X i : of_length l X -> (i < length X)%nat ->
  mended c t l X i = mean (fun y => exp (c * (INR (inner (nth i X []) y) - INR t))) (fun _ => 1) (others X i).
Proof.
  intros HX Hi. unfold of_length in HX. rewrite Forall_forall in HX.
  assert (Hx : length (nth i X []) = l) by (apply HX, nth_In; auto).
  assert (Ho : forall y, In y (others X i) -> length y = l).
  { intros y Hy. apply HX. destruct (others_split X i Hi) as (a & b & E & Eo & _). rewrite Eo in Hy. rewrite E.
    apply in_app_or in Hy. apply in_or_app. simpl. tauto. }
  set (x := nth i X []) in *.
  unfold mended. fold x. rewrite attention_relative.
  2: { rewrite product_app, product_zero_l by (now rewrite !repeat_length). unfold product; simpl; lra. }
  assert (S : product (real x ++ [1; 0]) (repeat 0 l ++ [INR t; 0]) = INR t).
  { rewrite product_app, product_zero by (rewrite real_length, repeat_length; auto). unfold product; simpl; lra. }
  unfold mean. rewrite !sum_map, S.
  assert (E : forall y, In y (others X i) -> product (real x ++ [1; 0]) (real y ++ [0; 1]) = INR (inner x y)).
  { intros y Hy. rewrite product_app, product_real by (rewrite !real_length, Hx, Ho; auto).
    unfold product; simpl; lra. }
  f_equal; [|f_equal]; apply sum_ext; intros y Hy; rewrite E by auto; auto. f_equal.
  rewrite product_app, product_zero by (rewrite real_length, repeat_length; auto). unfold product; simpl; lra.
Qed.

(** * Theorem 4.1 as printed *)

Lemma exp_nat x k : exp (x * INR k) = exp x ^ k.
Proof.
  induction k as [|k IH]; [simpl; rewrite Rmult_0_r; apply exp_0|].
  rewrite S_INR, Rmult_plus_distr_l, exp_plus, IH, Rmult_1_r. simpl. ring.
Qed.
Lemma exp_3ln n : 0 < n -> exp (- 3 * ln n) = / (n * n * n).
Proof.
  intros H. replace (- 3 * ln n) with (- (ln n + ln n + ln n)) by ring.
  now rewrite exp_Ropp, !exp_plus, exp_ln.
Qed.

(** Documents that weigh what the sentinel does or more, and have a value of 1 or more, have half of it. *)
Lemma mean_half w v X y : (forall z, In z X -> 0 <= w z) -> (forall z, In z X -> 1 <= v z) -> In y X -> 1 <= w y ->
  1 / 2 <= mean w v X.
Proof.
  intros Hw Hv Hy H1. unfold mean.
  assert (H : sum w X <= sum (fun z => w z * v z) X).
  { apply sum_le. intros z Hz. specialize (Hw z Hz). specialize (Hv z Hz). nra. }
  assert (1 <= sum w X).
  { apply in_split in Hy as (a & b & ->). rewrite sum_app. cbn [sum fold_right]. fold (sum w b).
    assert (0 <= sum w a) by (apply sum_pos; intros; apply Hw, in_or_app; auto).
    assert (0 <= sum w b) by (apply sum_pos; intros; apply Hw, in_or_app; simpl; auto). lra. }
  apply le_div; lra.
Qed.
Lemma sum_most {A} (f : A -> R) X e : (forall y, In y X -> f y <= e) -> sum f X <= INR (length X) * e.
Proof.
  induction X as [|y X IH]; intros H; [simpl; lra|]. change (length (y :: X)) with (S (length X)). rewrite S_INR.
  cbn [sum fold_right]. fold (sum f X). specialize (IH (fun z Hz => H z (or_intror Hz))).
  specialize (H y (or_introl eq_refl)). lra.
Qed.
(** The mean is below 1/m where weights times (m values - 1) add up to less than the sentinel's 1, else it is not. *)
Lemma mean_threshold w v X m : 0 < m -> (forall z, In z X -> 0 <= w z) ->
  let most := sum (fun z => w z * (m * v z - 1)) X in
  (most < 1 -> mean w v X < 1 / m) /\ (1 <= most -> 1 / m <= mean w v X).
Proof.
  intros Hm Hw most. assert (0 <= sum w X) by now apply sum_pos.
  assert (E : most = m * sum (fun z => w z * v z) X - sum w X).
  { unfold most. clear. induction X as [|z X IH]; [simpl; lra|]. cbn [sum fold_right].
    fold (sum w X) (sum (fun z => w z * v z) X) (sum (fun z => w z * (m * v z - 1)) X). rewrite IH. ring. }
  assert (E1 : m * (1 / m * (sum w X + 1)) = sum w X + 1) by (field; lra).
  unfold mean. split; intros H1.
  - apply Rmult_lt_reg_r with (sum w X + 1); [lra|].
    replace (sum (fun y => w y * v y) X / (sum w X + 1) * (sum w X + 1)) with (sum (fun y => w y * v y) X)
      by (field; lra).
    apply Rmult_lt_reg_l with m; auto. lra.
  - apply le_div; [lra|]. apply Rmult_le_reg_l with m; auto. lra.
Qed.

Lemma size_2 X n : length X = n -> (2 <= n)%nat -> size X = INR n /\ 2 <= INR n.
Proof. intros <- H. split; auto. now apply (le_INR 2). Qed.
Lemma value_between l X y : of_length l X -> nonzero X -> In y X -> 1 <= INR (ones y) <= INR l.
Proof.
  unfold of_length, nonzero. rewrite !Forall_forall. intros HX Hz Hy. split.
  - apply (le_INR 1), ones_pos; auto.
  - rewrite <- (HX y Hy). apply le_INR, ones_le.
Qed.

Lemma pow_small q k : 0 < q <= / 8 -> (1 <= k)%nat -> q ^ k <= q.
Proof.
  intros Hq Hk. destruct k as [|k]; [lia|]. simpl. assert (q ^ k <= 1 ^ k) by (apply pow_incr; lra).
  rewrite pow1 in H. nra.
Qed.
(** A document's own weight and value: falling with its number of ones. *)
Lemma self_weight N a : 2 <= N -> (1 <= a)%nat ->
  (/ (N * N * N)) ^ a * ((N + 1) * INR a - 1) <= / (N * N * N) * N.
Proof.
  intros HN Ha. assert (HN3 : 8 <= N * N * N) by nra.
  set (q := / (N * N * N)). assert (Hq : 0 < q <= / 8).
  { split; [apply Rinv_0_lt_compat; lra | apply Rinv_le_contravar; lra]. }
  induction Ha as [|a Ha IH]; [simpl; lra|].
  eapply Rle_trans; [|exact IH]. rewrite S_INR. apply (le_INR 1) in Ha. simpl in Ha.
  assert (0 <= q ^ a) by (apply pow_le; lra). cbn [pow].
  assert (q * ((N + 1) * (INR a + 1) - 1) <= (N + 1) * INR a - 1).
  { apply Rle_trans with (/ 8 * ((N + 1) * (INR a + 1) - 1)); [apply Rmult_le_compat_r; nra|]. nra. }
  replace (q * q ^ a * ((N + 1) * (INR a + 1) - 1)) with (q ^ a * (q * ((N + 1) * (INR a + 1) - 1))) by ring.
  now apply Rmult_le_compat_l.
Qed.

Theorem theorem_4_1_right n l : (2 <= n)%nat -> (l <= n)%nat -> right n l (at_most 0) (ov_output l).
Proof.
  intros Hn Hl X HL HX Hz. destruct (size_2 X n HL Hn) as [ES HN]. set (N := INR n) in *.
  assert (HN3 : 8 <= N * N * N) by nra. set (q := / (N * N * N)).
  assert (Hq : 0 < q <= / 8).
  { split; [apply Rinv_0_lt_compat; lra | apply Rinv_le_contravar; lra]. }
  assert (Ew : forall k, exp (- 3 * ln (size X) * INR k) = q ^ k) by (intros; rewrite exp_nat, ES, exp_3ln; auto; lra).
  split.
  - intros (x & Hx & Hy). destruct (Classical_Prop.classic (some_pair (at_most 0) X)) as [|Hno]; auto. exfalso.
    apply in_split in Hx as Hs. destruct Hs as (a & b & E).
    pose proof (no_pair_others _ X a b x Hno E) as Ho.
    revert Hy. apply Rlt_not_le. rewrite ov_mean, ES by auto. fold N.
    apply mean_threshold; [lra|intros; apply Rlt_le, exp_pos|].
    rewrite (sum_ext _ (fun y => q ^ inner x y * ((N + 1) * INR (ones y) - 1)) X).
    2: { intros y _. rewrite <- Ew, ES. reflexivity. }
    assert (HLn : INR (length (a ++ b)) = N - 1).
    { unfold N. rewrite <- HL, E, !app_length. simpl. rewrite <- plus_n_Sm, S_INR. lra. }
    assert (Hall : sum (fun y => q ^ inner x y * ((N + 1) * INR (ones y) - 1)) (a ++ b)
      <= INR (length (a ++ b)) * (q * ((N + 1) * N - 1))).
    { apply sum_most. intros y Hy. specialize (Ho y Hy).
      assert (Hin : In y X) by (rewrite E; apply in_app_or in Hy; apply in_or_app; simpl; tauto).
      destruct (value_between l X y HX Hz Hin) as [H1 H2].
      assert (INR l <= N) by now apply le_INR.
      assert (H3 : q ^ inner x y <= q).
      { apply pow_small; [lra|]. unfold at_most in Ho. lia. }
      apply Rmult_le_compat; [apply pow_le; lra|nra|auto|nra]. }
    assert (Hx1 : (1 <= ones x)%nat).
    { unfold nonzero in Hz. rewrite Forall_forall in Hz. apply ones_pos, Hz, Hx. }
    pose proof (self_weight N (ones x) HN Hx1) as Hself. fold q in Hself.
    rewrite HLn in Hall. rewrite E, sum_app. cbn [sum fold_right].
    fold (sum (fun y => q ^ inner x y * ((N + 1) * INR (ones y) - 1)) b).
    rewrite sum_app in Hall. change (inner x x) with (ones x).
    apply Rle_lt_trans with (q * N + (N - 1) * (q * ((N + 1) * N - 1))); [lra|].
    replace (q * N + (N - 1) * (q * ((N + 1) * N - 1))) with (q * (N * N * N) - q * (N - 1)) by ring.
    unfold q at 1. rewrite Rinv_l by lra. nra.
  - intros H. destruct (pair_others _ X H) as (a & b & x & y & E & Hy & HP).
    assert (Hx : In x X) by (rewrite E; apply in_or_app; simpl; auto).
    assert (HyX : In y X) by (rewrite E; apply in_or_app; simpl; auto).
    exists x. split; auto. rewrite ov_mean, ES by auto. apply Rle_trans with (1 / 2).
    + unfold Rdiv. rewrite !Rmult_1_l. apply Rinv_le_contravar; lra.
    + rewrite <- ES. apply mean_half with y; auto; intros.
      * apply Rlt_le, exp_pos.
      * now apply (value_between l X).
      * rewrite Ew. unfold at_most in HP. replace (inner x y) with 0%nat by lia. simpl; lra.
Qed.

(** A document of one word among n - 1 that have all l. *)
Lemma first_of l : In true (true :: repeat false l) /\ ones (true :: repeat false l) = 1%nat.
Proof.
  split; [now left|]. unfold ones. rewrite inner_cons. cbn [andb]. f_equal. now induction l.
Qed.
Lemma all_of l : (1 <= l)%nat -> In true (repeat true l) /\ ones (repeat true l) = l.
Proof.
  intros H. split; [destruct l; [lia|now left]|]. unfold ones. clear H. induction l as [|l IH]; auto.
  simpl repeat. rewrite inner_cons. cbn [andb]. now rewrite IH.
Qed.
Lemma nth_cons_repeat {A} (x y d : A) n i : (0 < i < S n)%nat -> nth i (x :: repeat y n) d = y.
Proof.
  intros H. destruct i as [|i]; [lia|]. simpl. apply repeat_spec with n. apply nth_In. rewrite repeat_length. lia.
Qed.

Lemma nth_In_repeat n {A} (x d : A) i : (i < n)%nat -> nth i (repeat x n) d = x.
Proof. intros H. apply repeat_spec with n. apply nth_In. now rewrite repeat_length. Qed.
Lemma sum_repeat {A} (f : A -> R) x n : sum f (repeat x n) = INR n * f x.
Proof.
  induction n as [|n IH]; [simpl; lra|]. rewrite S_INR. simpl repeat. cbn [sum fold_right].
  fold (sum f (repeat x n)). rewrite IH. ring.
Qed.

Theorem theorem_4_1_wrong n l : (2 <= n < l)%nat -> ~ right n l (at_most 0) (ov_output l).
Proof.
  intros Hn H. destruct l as [|l]; [lia|].
  set (x := (true :: repeat false l) : doc). set (y := repeat true (S l) : doc).
  set (X := x :: repeat y (n - 1)).
  assert (HL : length X = n) by (simpl; rewrite repeat_length; lia).
  assert (Hlx : length x = S l) by (simpl; now rewrite repeat_length).
  assert (HX : of_length (S l) X).
  { constructor; auto. apply Forall_forall. intros z Hz. apply repeat_spec in Hz. subst z. apply repeat_length. }
  assert (Hz : nonzero X).
  { constructor; [apply first_of|]. apply Forall_forall. intros z Hz. apply repeat_spec in Hz. subst z.
    apply all_of. lia. }
  assert (Exy : inner x y = 1%nat) by (unfold y; rewrite inner_all by auto; apply first_of).
  destruct (size_2 X n HL) as [ES HN]; [lia|]. set (N := INR n) in *.
  specialize (H X HL HX Hz). destruct H as [H _]. destruct H as (i & j & Hij & HP).
  - exists x. assert (Hx : In x X) by now left. split; auto. rewrite ov_mean, ES by auto. fold N.
    assert (HN3 : 8 <= N * N * N) by nra.
    apply mean_threshold; [lra|intros; apply Rlt_le, exp_pos|].
    rewrite (sum_ext _ (fun z => / (N * N * N) ^ inner x z * ((N + 1) * INR (ones z) - 1)) X).
    2: { intros z _. rewrite exp_nat, exp_3ln, pow_inv by lra. reflexivity. }
    unfold X. cbn [sum fold_right]. fold (sum (fun z => / (N * N * N) ^ inner x z * ((N + 1) * INR (ones z) - 1))
      (repeat y (n - 1))).
    rewrite sum_repeat. change (inner x x) with (ones x). rewrite Exy.
    destruct (first_of l) as [_ E1]. fold x in E1. rewrite E1. unfold y. destruct (all_of (S l)) as [_ E2]; [lia|].
    rewrite E2, !pow_1. rewrite minus_INR by lia. fold N. change (INR 1) with 1.
    assert (Hl : N + 1 <= INR (S l)) by (unfold N; rewrite <- S_INR; apply le_INR; lia).
    apply Rle_trans with (/ (N * N * N) * (N + (N - 1) * ((N + 1) * (N + 1) - 1))).
    + apply Rmult_le_reg_l with (N * N * N); [lra|]. rewrite <- Rmult_assoc, Rinv_r by lra. nra.
    + replace (/ (N * N * N) * ((N + 1) * 1 - 1) + (N - 1) * (/ (N * N * N) * ((N + 1) * INR (S l) - 1)))
        with (/ (N * N * N) * (N + (N - 1) * ((N + 1) * INR (S l) - 1))) by ring.
      apply Rmult_le_compat_l; [apply Rlt_le, Rinv_0_lt_compat; lra|].
      apply Rplus_le_compat_l, Rmult_le_compat_l; [lra|]. assert ((N + 1) * (N + 1) <= (N + 1) * INR (S l)) by nra. lra.
  - assert (Hj : (i < j < n)%nat) by (rewrite <- HL; exact Hij). unfold X in HP.
    rewrite (nth_cons_repeat (A := doc) x y [] (n - 1) j) in HP by lia.
    unfold at_most in HP. destruct i as [|i].
    + change (inner x y <= 0)%nat in HP. lia.
    + rewrite (nth_cons_repeat (A := doc)) in HP by lia. change (inner y y) with (ones y) in HP.
      destruct (all_of (S l)) as [_ E2]; [lia|]. fold y in E2. lia.
Qed.

(** For n documents of l words, none empty, Theorem 4.1 is right as printed exactly where l <= n. *)
Theorem theorem_4_1_exactly n l : (2 <= n)%nat -> (right n l (at_most 0) (ov_output l) <-> (l <= n)%nat).
Proof.
  intros Hn. split; [|now apply theorem_4_1_right].
  intros H. destruct (le_lt_dec l n); auto. exfalso. now apply (theorem_4_1_wrong n l).
Qed.

Theorem theorem_4_1_empty n l : (2 <= n)%nat ->
  let X : list doc := repeat (repeat false l) n in some_pair (at_most 0) X /\ ~ yes X (ov_output l X).
Proof.
  intros Hn X. assert (HX : of_length l X).
  { apply Forall_forall. intros z Hz. apply repeat_spec in Hz. subst z. apply repeat_length. }
  split.
  - exists 0%nat, 1%nat. unfold X at 1. rewrite repeat_length. split; [lia|]. unfold X.
    rewrite !(nth_In_repeat n (A := doc)) by lia. rewrite inner_zero. now unfold at_most.
  - intros (x & Hx & Hy). revert Hy. apply Rlt_not_le. rewrite ov_mean by auto.
    assert (0 < size X) by (unfold size, X; rewrite repeat_length; apply lt_0_INR; lia).
    apply Rle_lt_trans with 0; [|apply Rdiv_lt_0_compat; lra].
    unfold mean. rewrite (sum_zero (fun y => _ * INR (ones y))); [unfold Rdiv; lra|].
    intros y Hy. apply repeat_spec in Hy. subst y. replace (ones (repeat false l)) with 0%nat by (symmetry; apply
      inner_zero). simpl. lra.
Qed.

(** * Theorem C.1, Max-IP, as printed: a document attends to itself *)

Lemma yes_half X output x : (1 <= length X)%nat -> In x X -> 1 / 2 <= output x -> yes X output.
Proof.
  intros Hn Hx H. exists x. split; auto. eapply Rle_trans; [|exact H]. unfold Rdiv. rewrite !Rmult_1_l.
  apply (le_INR 1) in Hn. fold (size X) in Hn. simpl in Hn. apply Rinv_le_contravar; lra.
Qed.

(** It says yes wherever a document has t words. *)
Theorem max_ip_says_yes t l X x :
  of_length l X -> nonzero X -> In x X -> (t <= ones x)%nat -> yes X (max_ip_output t l X).
Proof.
  intros HX Hz Hx Ht. assert (Hn : (1 <= length X)%nat) by (destruct X; [easy|simpl; lia]).
  apply yes_half with x; auto. unfold max_ip_output. rewrite ip_mean by auto. apply mean_half with x; auto; intros.
  - apply Rlt_le, exp_pos.
  - now apply (value_between l X).
  - rewrite <- exp_0. apply exp_monotone. apply Rmult_le_pos.
    + apply (le_INR 1) in Hn. fold (size X) in Hn. simpl in Hn. rewrite <- ln_1.
      assert (ln 1 <= ln (size X)) by (destruct Hn as [Hn|Hn]; [left; apply ln_increasing; lra|rewrite <- Hn; lra]).
      rewrite ln_1 in *. lra.
    + apply le_INR in Ht. fold (ones x). change (inner x x) with (ones x). lra.
Qed.

Lemma inner_map {A} (f g : A -> bool) s : inner (map f s) (map g s) = length (filter (fun c => f c && g c) s).
Proof. induction s as [|c s IH]; auto. simpl map. rewrite inner_cons, IH. simpl. now destruct (f c && g c). Qed.
Lemma disjoint_inner n i j : i <> j ->
  inner (map (fun c => Nat.eqb (Nat.div2 c) i) (seq 0 (2 * n)))
    (map (fun c => Nat.eqb (Nat.div2 c) j) (seq 0 (2 * n))) = 0%nat.
Proof.
  intros H. rewrite inner_map. generalize (seq 0 (2 * n)). induction l as [|c l IH]; auto. simpl.
  destruct (Nat.eqb_spec (Nat.div2 c) i), (Nat.eqb_spec (Nat.div2 c) j); simpl; auto; congruence.
Qed.
Lemma disjoint_ones n i : (i < n)%nat -> ones (map (fun c => Nat.eqb (Nat.div2 c) i) (seq 0 (2 * n))) = 2%nat.
Proof.
  intros H. unfold ones. rewrite inner_map.
  rewrite (filter_ext _ (fun c => Nat.eqb (Nat.div2 c) i)) by (intros; apply andb_diag).
  replace (2 * n)%nat with (2 * i + (2 + 2 * (n - 1 - i)))%nat by lia.
  rewrite seq_app, seq_app, !filter_app, !app_length. rewrite Nat.add_0_l.
  assert (E : forall a m, (forall c, (a <= c < a + m)%nat -> Nat.div2 c <> i) ->
    filter (fun c => Nat.eqb (Nat.div2 c) i) (seq a m) = []).
  { intros a m. revert a. induction m as [|m IH]; intros a Hc; auto. simpl.
    destruct (Nat.eqb_spec (Nat.div2 a) i) as [e|e].
    - exfalso. apply (Hc a); auto. lia.
    - apply IH. intros c Hcc. apply Hc. lia. }
  rewrite (E 0%nat), (E (2 * i + 2)%nat).
  - cbn [seq filter]. replace (Nat.div2 (2 * i)) with i by (symmetry; apply Nat.div2_double).
    replace (Nat.div2 (S (2 * i))) with i by (symmetry; apply Nat.div2_succ_double). rewrite !Nat.eqb_refl. reflexivity.
  - intros c Hc. rewrite Nat.div2_div. intros e. assert (c < 2 * (c / 2) + 2)%nat by
      (pose proof (Nat.div_mod c 2); pose proof (Nat.mod_upper_bound c 2); lia). lia.
  - intros c Hc. rewrite Nat.div2_div. intros e. assert (2 * (c / 2) <= c)%nat by
      (pose proof (Nat.div_mod c 2); lia). lia.
Qed.
Lemma disjoint_nth n i : (i < n)%nat -> nth i (disjoint n) [] = map (fun c => Nat.eqb (Nat.div2 c) i) (seq 0 (2 * n)).
Proof.
  intros H. unfold disjoint.
  rewrite (nth_indep _ [] (map (fun c => Nat.eqb (Nat.div2 c) 0) (seq 0 (2 * n))))
    by now rewrite map_length, seq_length.
  rewrite (map_nth (fun i => map (fun c => Nat.eqb (Nat.div2 c) i) (seq 0 (2 * n)))). now rewrite seq_nth.
Qed.
Lemma disjoint_length n : length (disjoint n) = n.
Proof. unfold disjoint. now rewrite map_length, seq_length. Qed.
Lemma disjoint_In n x : In x (disjoint n) -> length x = (2 * n)%nat /\ ones x = 2%nat.
Proof.
  intros H. apply in_map_iff in H as (i & <- & Hi). apply in_seq in Hi. split; [now rewrite map_length, seq_length|].
  apply disjoint_ones. lia.
Qed.
Lemma ones_In x : (1 <= ones x)%nat -> In true x.
Proof. unfold ones. induction x as [|[] x IH]; [unfold inner; simpl; lia|now left|]. intros H. right. now apply IH. Qed.

Theorem max_ip_wrong n : (2 <= n)%nat -> ~ right n (2 * n) (at_least 1) (max_ip_output 1 (2 * n)).
Proof.
  intros Hn H. assert (HX : of_length (2 * n) (disjoint n)).
  { apply Forall_forall. intros x Hx. now apply disjoint_In. }
  assert (Hz : nonzero (disjoint n)).
  { apply Forall_forall. intros x Hx. apply ones_In. apply disjoint_In in Hx. lia. }
  destruct (H (disjoint n) (disjoint_length n) HX Hz) as [Hy _]. destruct Hy as (i & j & Hij & HP).
  - assert (Hx : In (nth 0 (disjoint n) []) (disjoint n)) by (apply nth_In; rewrite disjoint_length; lia).
    apply max_ip_says_yes with (nth 0 (disjoint n) []); auto. apply disjoint_In in Hx. lia.
  - rewrite disjoint_length in Hij. rewrite !disjoint_nth, disjoint_inner in HP by lia. unfold at_least in HP. lia.
Qed.

(** Every one of these outputs is above 1. *)
Theorem max_ip_wrong_by n x : (2 <= n)%nat -> In x (disjoint n) -> 1 < max_ip_output 1 (2 * n) (disjoint n) x.
Proof.
  intros Hn Hx. assert (HX : of_length (2 * n) (disjoint n)).
  { apply Forall_forall. intros y Hy. now apply disjoint_In. }
  unfold max_ip_output. rewrite ip_mean by auto.
  assert (ES : size (disjoint n) = INR n) by (unfold size; now rewrite disjoint_length).
  apply (le_INR 2) in Hn. change (INR 2) with 2 in Hn. rewrite ES.
  set (w := fun y => exp (3 * ln (INR n) * (INR (inner x y) + 1 - (INR 1 + 1)))).
  assert (Hw : forall y, 0 < w y) by (intros; apply exp_pos).
  assert (H1 : 1 < w x).
  { unfold w. change (inner x x) with (ones x). destruct (disjoint_In n x Hx) as [_ ->].
    rewrite <- exp_0. apply exp_increasing. assert (0 < ln (INR n)) by (rewrite <- ln_1; apply ln_increasing; lra).
    simpl. lra. }
  assert (H2 : w x <= sum w (disjoint n)).
  { apply in_split in Hx as (a & b & ->). rewrite sum_app. cbn [sum fold_right]. fold (sum w b).
    assert (0 <= sum w a /\ 0 <= sum w b) by (split; apply sum_pos; intros; apply Rlt_le, Hw). lra. }
  unfold mean. rewrite (sum_ext _ (fun y => 2 * w y)), sum_scal.
  - apply Rmult_lt_reg_r with (sum w (disjoint n) + 1); [lra|].
    replace (2 * sum w (disjoint n) / (sum w (disjoint n) + 1) * (sum w (disjoint n) + 1)) with (2 * sum w (disjoint n))
      by (field; lra). lra.
  - intros y Hy. destruct (disjoint_In n y Hy) as [_ ->]. simpl. ring.
Qed.

(** * Theorem C.1, Min-IP *)

(** Weights of at most q each, of n documents: the outputs are below the threshold. *)
Lemma mean_small w l X q N : of_length l X -> nonzero X -> length X = N -> (1 <= N)%nat ->
  (forall y, In y X -> 0 <= w y <= q) -> INR N * q * ((INR N + 1) * INR l - 1) < 1 ->
  mean w (fun y => INR (ones y)) X < 1 / (INR N + 1).
Proof.
  intros HX Hz <- HN Hw H. apply (le_INR 1) in HN. simpl in HN.
  apply mean_threshold; [lra|intros; now apply Hw|]. eapply Rle_lt_trans; [|exact H].
  rewrite Rmult_assoc. apply sum_most. intros y Hy.
  pose proof (value_between l X y HX Hz Hy) as Hv. specialize (Hw y Hy).
  apply Rmult_le_compat; [lra|nra|lra|nra].
Qed.

(** With the printed sentinel it says no to all documents, while l is not beyond n^5 / (n + 1). *)
Theorem min_ip_says_no t l X : (2 <= length X)%nat -> (l * (length X + 1) <= length X ^ 5)%nat ->
  of_length l X -> nonzero X -> ~ yes X (min_ip_output t l X).
Proof.
  intros Hn Hl HX Hz (x & Hx & Hy). revert Hy. apply Rlt_not_le.
  unfold min_ip_output. rewrite ip_mean by auto. fold (size X). set (N := size X) in *.
  assert (HN : 2 <= N) by (apply (le_INR 2) in Hn; exact Hn).
  assert (HN3 : 8 <= N * N * N) by nra. assert (0 < N * N) by nra.
  change (size X) with (INR (length X)).
  apply mean_small with (l := l) (q := / (N * N * N) * / (N * N * N)); auto; try lia.
  - intros y Hy. split; [apply Rlt_le, exp_pos|]. rewrite <- !exp_3ln, <- exp_plus by lra. apply exp_monotone.
    assert (0 <= ln N) by (rewrite <- ln_1; left; apply ln_increasing; lra).
    pose proof (pos_INR (inner x y)). pose proof (pos_INR t). fold N. nra.
  - fold N. apply le_INR in Hl. rewrite mult_INR, plus_INR, pow_INR in Hl. simpl INR in Hl.
    change (INR (length X)) with N in *.
    apply Rmult_lt_reg_l with (N * N * N * (N * N * N)); [nra|].
    replace (N * N * N * (N * N * N) * (N * (/ (N * N * N) * / (N * N * N)) * ((N + 1) * INR l - 1)))
      with (N * ((N + 1) * INR l - 1)) by (field; lra).
    replace (N * N * N * (N * N * N) * 1) with (N * (N * (N * (N * (N * (N * 1)))))) by ring.
    apply Rmult_lt_compat_l; [lra|]. unfold pow in Hl. lra.
Qed.

(** So a pair is missed, for every threshold. *)
Theorem min_ip_wrong n l t : (2 <= n)%nat -> (2 <= l)%nat -> (l * (n + 1) <= n ^ 5)%nat ->
  ~ right n l (at_most t) (min_ip_output t l).
Proof.
  intros Hn Hl Hb H. set (x := (true :: false :: repeat false (l - 2)) : doc).
  set (y := (false :: true :: repeat false (l - 2)) : doc). set (X := x :: repeat y (n - 1)).
  assert (HL : length X = n) by (simpl; rewrite repeat_length; lia).
  assert (HX : of_length l X).
  { constructor; [simpl; rewrite repeat_length; lia|]. apply Forall_forall. intros z Hz. apply repeat_spec in Hz.
    subst z. simpl. rewrite repeat_length. lia. }
  assert (Hz : nonzero X).
  { constructor; [now left|]. apply Forall_forall. intros z Hz. apply repeat_spec in Hz. subst z. right. now left. }
  apply (min_ip_says_no t l X); rewrite ?HL; auto. apply (H X HL HX Hz). exists 0%nat, 1%nat. rewrite HL. split; [lia|].
  unfold X. rewrite (nth_cons_repeat (A := doc) x y [] (n - 1) 1) by lia. change (inner x y <= t)%nat.
  replace (inner x y) with 0%nat; [lia|]. symmetry. unfold x, y. rewrite !inner_cons. apply inner_zero.
Qed.

Theorem min_ip_mended_right n l t : (2 <= n)%nat -> (l < n)%nat -> right n l (at_most t) (min_ip_mended_sign t l).
Proof.
  intros Hn Hl X HL HX Hz. destruct (size_2 X n HL Hn) as [ES HN]. set (N := INR n) in *.
  assert (HN3 : 8 <= N * N * N) by nra. assert (0 < N * N) by nra.
  assert (Hln : 0 <= ln N) by (rewrite <- ln_1; left; apply ln_increasing; lra).
  split.
  - intros (x & Hx & Hy). destruct (Classical_Prop.classic (some_pair (at_most t) X)) as [|Hno]; auto. exfalso.
    revert Hy. apply Rlt_not_le. unfold min_ip_mended_sign. rewrite ip_mean, ES by auto.
    assert (Ho : forall y, In y X -> (t + 1 <= inner x y)%nat).
    { apply in_split in Hx as Hs. destruct Hs as (a & b & E).
      pose proof (no_pair_others _ X a b x Hno E) as Ho. unfold at_most in Ho.
      assert (Ho' : forall y, In y (a ++ b) -> (t + 1 <= inner x y)%nat) by (intros y Hy; specialize (Ho y Hy); lia).
      intros y Hy. rewrite E in Hy. apply in_app_or in Hy as [Hy|[<-|Hy]]; try (apply Ho', in_or_app; tauto).
      assert (exists z, In z (a ++ b)) as [z Hzz].
      { rewrite E in HL. rewrite app_length in HL. destruct a as [|z a]; [|now exists z; left].
        destruct b as [|z b]; [simpl in HL; lia|now exists z; left]. }
      specialize (Ho' z Hzz). pose proof (inner_le x z). unfold ones in *. lia. }
    unfold N. apply mean_small with (l := l) (q := / (N * N * N)); auto; try lia.
    + intros y Hy. split; [apply Rlt_le, exp_pos|]. rewrite <- exp_3ln by lra. apply exp_monotone. fold N.
      specialize (Ho y Hy). apply le_INR in Ho. rewrite plus_INR in Ho. simpl in Ho. nra.
    + fold N. assert (INR l + 1 <= N) by (unfold N; rewrite <- S_INR; apply le_INR; lia).
      apply Rmult_lt_reg_l with (N * N); [auto|].
      replace (N * N * (N * / (N * N * N) * ((N + 1) * INR l - 1))) with ((N + 1) * INR l - 1) by (field; lra). nra.
  - intros H1. destruct (pair_others _ X H1) as (a & b & x & y & E & Hy & HP).
    assert (Hx : In x X) by (rewrite E; apply in_or_app; simpl; auto).
    assert (HyX : In y X) by (rewrite E; apply in_or_app; simpl; auto).
    apply yes_half with x; auto; [lia|]. unfold min_ip_mended_sign. rewrite ip_mean, ES by auto.
    apply mean_half with y; auto; intros.
    + apply Rlt_le, exp_pos.
    + now apply (value_between l X).
    + rewrite <- exp_0 at 1. apply exp_monotone. apply le_INR in HP. fold N. nra.
Qed.

Theorem min_ip_mended_wrong n l : (2 <= n <= l)%nat -> ~ right n l (at_most (l - 1)) (min_ip_mended_sign (l - 1) l).
Proof.
  intros Hn H. set (y := repeat true l : doc). set (X := repeat y n).
  assert (HL : length X = n) by apply repeat_length.
  assert (HX : of_length l X).
  { apply Forall_forall. intros z Hz. apply repeat_spec in Hz. subst z. apply repeat_length. }
  destruct (all_of l) as [Hy1 Hy2]; [lia|]. fold y in Hy1, Hy2.
  assert (Hz : nonzero X).
  { apply Forall_forall. intros z Hz. apply repeat_spec in Hz. now subst z. }
  destruct (size_2 X n HL) as [ES HN]; [lia|]. set (N := INR n) in *.
  assert (HN3 : 8 <= N * N * N) by nra. assert (0 < N * N) by nra.
  destruct (H X HL HX Hz) as [Hyes _]. destruct Hyes as (i & j & Hij & HP).
  - exists y. assert (HyX : In y X) by (unfold X; destruct n; [lia|now left]). split; auto.
    unfold min_ip_mended_sign. rewrite ip_mean, ES by auto. fold N.
    apply mean_threshold; [lra|intros; apply Rlt_le, exp_pos|]. unfold X. rewrite sum_repeat. fold N.
    change (inner y y) with (ones y). rewrite Hy2, minus_INR by lia. change (INR 1) with 1.
    replace (- 3 * ln N * (INR l + 1 - (INR l - 1 + 1))) with (- 3 * ln N) by ring. rewrite exp_3ln by lra.
    assert (N <= INR l) by (apply le_INR; lia).
    apply Rmult_le_reg_l with (N * N); auto.
    replace (N * N * (N * (/ (N * N * N) * ((N + 1) * INR l - 1)))) with ((N + 1) * INR l - 1) by (field; lra). nra.
  - rewrite HL in Hij. unfold X in HP. rewrite !(nth_In_repeat n (A := doc)) in HP by lia.
    change (ones y <= l - 1)%nat in HP. lia.
Qed.

(** For n documents of l words, none empty, and with the sign mended, Min-IP is right for all t exactly where l < n. *)
Theorem min_ip_mended_exactly n l : (2 <= n)%nat ->
  ((forall t, right n l (at_most t) (min_ip_mended_sign t l)) <-> (l < n)%nat).
Proof.
  intros Hn. split; [|intros; now apply min_ip_mended_right].
  intros H. destruct (le_lt_dec n l); auto. exfalso. now apply (min_ip_mended_wrong n l).
Qed.

(** * Counterexamples, exactly *)

Lemma exp_ln_nat n k : 0 < n -> exp (ln n * INR k) = n ^ k /\ exp (- (ln n * INR k)) = / n ^ k.
Proof. intros Hn. rewrite exp_Ropp, exp_nat, exp_ln by auto. auto. Qed.
Ltac weight k := match goal with |- context [exp (?c * ln 2 * ?z)] =>
  first [ replace (c * ln 2 * z) with (ln 2 * INR k) by (simpl; ring)
        | replace (c * ln 2 * z) with (- (ln 2 * INR k)) by (simpl; ring)];
  rewrite ?(proj1 (exp_ln_nat 2 k Rlt_0_2)), ?(proj2 (exp_ln_nat 2 k Rlt_0_2)) end.
Ltac exactly := unfold max_ip_output, min_ip_output, min_ip_mended_sign, size; simpl INR;
  rewrite ?ov_mean, ?ip_mean by (repeat constructor); unfold mean, size, ones, inner; simpl; change (1 + 1) with 2.

Theorem theorem_4_1_example :
  let x := [false; false; true] in let y := [true; true; true] in
  ov_output 3 [x; y] x = 2 / 5 /\ ov_output 3 [x; y] y = 67 / 577 /\ ~ some_pair (at_most 0) [x; y].
Proof.
  repeat split.
  - exactly. repeat weight 3%nat. simpl. field.
  - exactly. repeat weight 3%nat. repeat weight 9%nat. simpl. field.
  - intros (i & j & H & HP). destruct i as [|[|i]], j as [|[|j]]; simpl in H; try lia. compute in HP. lia.
Qed.
Theorem max_ip_example :
  let x := [false; true] in let y := [true; false] in
  max_ip_output 1 2 [x; y] x = 9 / 17 /\ max_ip_output 1 2 [x; y] y = 9 / 17 /\ ~ some_pair (at_least 1) [x; y].
Proof.
  repeat split.
  - exactly. repeat weight 0%nat. repeat weight 3%nat. simpl. field.
  - exactly. repeat weight 3%nat. repeat weight 0%nat. simpl. field.
  - intros (i & j & H & HP). destruct i as [|[|i]], j as [|[|j]]; simpl in H; try lia. compute in HP. lia.
Qed.
Theorem min_ip_example :
  let x := [false; true] in let y := [true; false] in
  min_ip_output 0 2 [x; y] x = 9 / 521 /\ min_ip_output 0 2 [x; y] y = 9 / 521 /\ some_pair (at_most 0) [x; y].
Proof.
  repeat split.
  - exactly. repeat weight 9%nat. repeat weight 6%nat. simpl. field.
  - exactly. repeat weight 6%nat. repeat weight 9%nat. simpl. field.
  - exists 0%nat, 1%nat. compute. lia.
Qed.
Theorem min_ip_mended_example :
  let x := [true; true] in min_ip_mended_sign 1 2 [x; x] x = 2 / 5 /\ ~ some_pair (at_most 1) [x; x].
Proof.
  split.
  - exactly. repeat weight 3%nat. simpl. field.
  - intros (i & j & H & HP). destruct i as [|[|i]], j as [|[|j]]; simpl in H; try lia. compute in HP. lia.
Qed.

(** * Mended, for all n, l and t *)

Lemma gate_1 y : 3 / 8 <= y -> gate y = 1.
Proof. intros H. unfold gate, relu. rewrite !Rmax_right by lra. lra. Qed.
Lemma gate_0 y : y <= 1 / 4 -> gate y = 0.
Proof. intros H. unfold gate, relu. rewrite !Rmax_left by lra. lra. Qed.

Lemma mended_with c (P : nat -> Prop) t l X b : ln (8 * size X) <= b -> of_length l X ->
  (forall k, P k -> 0 <= c * (INR k - INR t)) -> (forall k, ~ P k -> c * (INR k - INR t) <= - b) ->
  decides P X (mended c t l X).
Proof.
  intros Hb HX Hyes Hno i Hi. rewrite mended_mean by auto.
  set (x := nth i X []) in *.
  set (w := fun y => exp (c * (INR (inner x y) - INR t))).
  assert (Hw : forall z, 0 <= w z) by (intros; apply Rlt_le, exp_pos). split.
  - intros (j & Hj & Hn & HP). assert (H : 1 / 2 <= mean w (fun _ => 1) (others X i)).
    { apply mean_half with (nth j X []); auto; intros; try lra.
      - apply others_nth; auto. now exists j.
      - unfold w. rewrite <- exp_0 at 1. apply exp_monotone. auto. }
    split; [exact H|]. apply gate_1. lra.
  - intros H. assert (HS : 0 < size X) by (apply lt_0_INR; lia).
    assert (He : exp (- b) <= / (8 * size X)).
    { rewrite exp_Ropp. apply Rinv_le_contravar; [lra|]. rewrite <- (exp_ln (8 * size X)) by lra.
      now apply exp_monotone. }
    assert (Ho : forall y, In y (others X i) -> w y <= / (8 * size X)).
    { intros y Hy. eapply Rle_trans; [|exact He]. apply exp_monotone, Hno. intros HP. apply H.
      apply others_nth in Hy as (j & Hj & Hn & <-); auto. now exists j. }
    assert (Hs : sum w (others X i) <= / 8).
    { eapply Rle_trans; [apply sum_most, Ho|].
      assert (HL : INR (length (others X i)) <= size X).
      { apply le_INR, others_length. }
      apply Rle_trans with (size X * / (8 * size X)); [|right; field; lra].
      apply Rmult_le_compat_r; auto. apply Rlt_le, Rinv_0_lt_compat. lra. }
    assert (H0 : 0 <= sum w (others X i)) by (apply sum_pos; auto).
    assert (H8 : mean w (fun _ => 1) (others X i) <= 1 / 8).
    { unfold mean. rewrite (sum_ext _ w) by (intros; ring). apply div_le; lra. }
    split; [exact H8|]. apply gate_0. lra.
Qed.

Theorem min_ip_decided b t l X : of_length l X -> ln (8 * size X) <= b -> decides (at_most t) X (mended (- b) t l X).
Proof.
  intros HX Hb i Hi. assert (H0 : 0 <= b).
  { eapply Rle_trans; [|exact Hb]. rewrite <- ln_1. assert (1 <= size X) by (apply (le_INR 1); lia).
    left. apply ln_increasing; lra. }
  apply (mended_with (- b) (at_most t) t l X b Hb HX); auto; unfold at_most; intros k H.
  - apply le_INR in H. nra.
  - assert (t + 1 <= k)%nat as H1 by lia. apply le_INR in H1. rewrite plus_INR in H1. simpl in H1. nra.
Qed.
Theorem max_ip_decided b t l X : of_length l X -> ln (8 * size X) <= b -> decides (at_least t) X (mended b t l X).
Proof.
  intros HX Hb i Hi. assert (H0 : 0 <= b).
  { eapply Rle_trans; [|exact Hb]. rewrite <- ln_1. assert (1 <= size X) by (apply (le_INR 1); lia).
    left. apply ln_increasing; lra. }
  apply (mended_with b (at_least t) t l X b Hb HX); auto; unfold at_least; intros k H.
  - apply le_INR in H. nra.
  - assert (k + 1 <= t)%nat as H1 by lia. apply le_INR in H1. rewrite plus_INR in H1. simpl in H1. nra.
Qed.

(** A whole b such that (n + 1) (500/1359)^b <= 1/16, as the planner picks it (theory, section 6), will do. *)
Theorem planned_temperature b n : (1 <= n)%nat -> (INR n + 1) * (500 / 1359) ^ b <= 1 / 16 -> ln (8 * INR n) <= INR b.
Proof.
  intros Hn H. apply (le_INR 1) in Hn. simpl in Hn. rewrite <- (ln_exp (INR b)).
  assert (E : 8 * INR n <= exp (INR b)).
  { replace (INR b) with (- - INR b) by lra. rewrite exp_Ropp.
    apply Rmult_le_reg_r with (exp (- INR b)); [apply exp_pos|].
    rewrite Rinv_l by (apply Rgt_not_eq, exp_pos). pose proof (exp_minus_le b). pose proof (exp_pos (- INR b)). nra. }
  destruct E as [E|E]; [left; apply ln_increasing; lra | rewrite E; lra].
Qed.

(** So a unit that decides says whether there is a pair: some gate is 1 if there is, and all are 0 if there is not. *)
Theorem decides_pairs P X output : decides P X output ->
  (some_pair P X /\ (exists i, (i < length X)%nat /\ gate (output i) = 1)) \/
  (~ some_pair P X /\ forall i, (i < length X)%nat -> gate (output i) = 0).
Proof.
  intros H. destruct (Classical_Prop.classic (some_pair P X)) as [Hs|Hs]; [left|right]; split; auto.
  - apply partner_pair in Hs as (i & Hi & Hs). exists i. split; auto. now apply (H i Hi).
  - intros i Hi. apply (H i Hi). intros Hp. apply Hs, partner_pair. now exists i.
Qed.

(** * As compiled, for all n, l and t *)

Lemma bit_0 y : y <= 1 / 2 -> bit y = 0.
Proof. intros H. unfold bit, relu. rewrite !Rmax_left by lra. lra. Qed.
Lemma bit_1 y : 3 / 4 <= y -> bit y = 1.
Proof. intros H. unfold bit, relu. rewrite !Rmax_right by lra. lra. Qed.

(** Keys of another value lose by 1 at least, and there are K at most. *)
Lemma head_restored {A} b K (score value : A -> R) keys k0 :
  K * exp (- b) <= 1 / 16 -> 0 <= b -> INR (length keys) <= K -> In k0 keys ->
  (forall k, In k keys -> value k = 0 \/ value k = 1) ->
  (forall k, In k keys -> value k = value k0 \/ score k <= score k0 - 1) ->
  bit (head b score value keys) = value k0.
Proof.
  intros HK Hb HL H0 Hv Hs. unfold head. set (e := exp (b * score k0)). assert (He : 0 < e) by apply exp_pos.
  set (D := sum (fun k => exp (b * score k)) keys).
  assert (HD : e <= D).
  { unfold D. apply in_split in H0 as (p & q & ->). rewrite sum_app. cbn [sum fold_right].
    fold (sum (fun k => exp (b * score k)) q). fold e.
    assert (0 <= sum (fun k => exp (b * score k)) p /\ 0 <= sum (fun k => exp (b * score k)) q)
      by (split; apply sum_pos; intros; left; apply exp_pos). lra. }
  assert (Hlow : forall k, score k <= score k0 - 1 -> exp (b * score k) <= exp (- b) * e).
  { intros k H. unfold e. rewrite <- exp_plus. apply exp_monotone. nra. }
  assert (Hm : INR (length keys) * (exp (- b) * e) <= 1 / 16 * e).
  { rewrite <- Rmult_assoc. apply Rmult_le_compat_r; [lra|]. eapply Rle_trans; [|exact HK].
    apply Rmult_le_compat_r; [left; apply exp_pos | exact HL]. }
  assert (Hz : 0 <= exp (- b) * e) by (left; apply Rmult_lt_0_compat; [apply exp_pos | exact He]).
  destruct (Hv k0 H0) as [E | E]; rewrite E in *.
  - apply bit_0. apply div_le; [lra|]. assert (sum (fun k => exp (b * score k) * value k) keys <= 1 / 16 * e); [|lra].
    eapply Rle_trans; [|exact Hm]. apply sum_most. intros k Hk. pose proof (exp_pos (b * score k)).
    destruct (Hs k Hk) as [-> | H1]; [lra|]. specialize (Hlow k H1). destruct (Hv k Hk) as [-> | ->]; lra.
  - apply bit_1. apply le_div; [lra|].
    assert (S : D = sum (fun k => exp (b * score k) * value k) keys
      + sum (fun k => exp (b * score k) * (1 - value k)) keys).
    { unfold D. rewrite <- sum_plus. apply sum_ext. intros; ring. }
    assert (sum (fun k => exp (b * score k) * (1 - value k)) keys <= 1 / 16 * e); [|lra].
    eapply Rle_trans; [|exact Hm]. apply sum_most. intros k Hk. pose proof (exp_pos (b * score k)).
    destruct (Hs k Hk) as [-> | H1]; [lra|]. specialize (Hlow k H1). destruct (Hv k Hk) as [-> | ->]; lra.
Qed.

Section Compiled.
Variables (b sign w K : R) (t : nat) (P : nat -> Prop).
Hypothesis HK : K * exp (- b) <= 1 / 16.
Hypothesis Hb : 0 <= b.
Hypothesis Hw : 0 <= w + 2 * sign * INR t.
Hypothesis Hyes : forall k, P k -> 2 * sign * INR t <= 2 * sign * INR k.
Hypothesis Hno : forall k, ~ P k -> 2 * sign * INR k <= 2 * sign * INR t - 2.

Definition sees_one (before : list token) (k : token) : Prop :=
  match k with Doc x => exists y, In (Doc y) before /\ P (inner x y) | _ => False end.

Lemma hit_right before k : INR (length before) <= K -> In Start before ->
  sees_one before k /\ hit b sign w t before k = 1 \/ ~ sees_one before k /\ hit b sign w t before k = 0.
Proof.
  intros HL HS. destruct k as [| |x]; simpl; try (right; split; [tauto | reflexivity]).
  assert (V : forall k, In k before -> is_doc k = 0 \/ is_doc k = 1) by (intros [| |z] _; simpl; auto).
  destruct (Classical_Prop.classic (exists y, In (Doc y) before /\ P (inner x y))) as [H|H]; [left|right]; split; auto.
  - destruct H as (y & Hy & HP). apply Hyes in HP.
    rewrite (head_restored b K _ _ before (Doc y) HK Hb HL Hy V); auto.
    intros [| |z] _; simpl; try (left; reflexivity); right; lra.
  - rewrite (head_restored b K _ _ before Start HK Hb HL HS V); auto.
    intros [| |z] Hz; simpl; try (left; reflexivity). right.
    assert (Hn : ~ P (inner x z)) by (intros HP; apply H; now exists z). apply Hno in Hn. lra.
Qed.

Lemma hits_right body : forall before, INR (length before + length body) <= K -> In Start before ->
  (forall h, In h (hits b sign w t before body) -> h = 0 \/ h = 1) /\
  length (hits b sign w t before body) = length body /\
  (In 1 (hits b sign w t before body) <-> exists p k q, body = p ++ k :: q /\ sees_one (before ++ p) k).
Proof.
  induction body as [|k body IH]; intros before HL HS.
  - simpl. split; [easy|]. split; auto. split; [easy|]. intros (p & k & q & E & _). now destruct p.
  - destruct (IH (before ++ [k])) as (I1 & I2 & I3).
    { rewrite app_length. simpl length in *. replace (length before + 1 + length body)%nat
        with (length before + S (length body))%nat by lia. exact HL. }
    { apply in_or_app. now left. }
    assert (HL1 : INR (length before) <= K) by (eapply Rle_trans; [|exact HL]; apply le_INR; lia).
    pose proof (hit_right before k HL1 HS) as H. cbn [hits]. split; [|split].
    + intros h [<-|Hh]; [destruct H as [[_ ->] | [_ ->]]; auto | auto].
    + simpl. now rewrite I2.
    + split.
      * intros [E|Hin].
        -- destruct H as [[H _] | [_ H]]; [|rewrite H in E; lra]. exists [], k, body. now rewrite app_nil_r.
        -- apply I3 in Hin as (p & k' & q & -> & Hs). exists (k :: p), k', q. rewrite <- app_assoc in Hs. auto.
      * intros (p & k' & q & E & Hs). destruct p as [|k1 p]; simpl in E; injection E as -> E.
        -- left. rewrite app_nil_r in Hs. destruct H as [[_ H] | [H _]]; [exact H | tauto].
        -- right. apply I3. exists p, k', q. rewrite <- app_assoc. auto.
Qed.

Lemma answer_right body : INR (length body) + 1 <= K -> (forall k, In k body -> k <> Start) ->
  some_two P body /\ answer b sign w t body = 1 \/ ~ some_two P body /\ answer b sign w t body = 0.
Proof.
  intros HL Hbody. destruct (hits_right body [Start]) as (H1 & H2 & H3); [|now left|].
  { change (length [Start] + length body)%nat with (S (length body)). now rewrite S_INR. }
  set (hs := hits b sign w t [Start] body) in *.
  assert (L : INR (length (0 :: hs)) <= K) by (simpl length; rewrite H2, S_INR; exact HL).
  assert (V : forall h, In h (0 :: hs) -> h = 0 \/ h = 1) by (intros h [<-|Hh]; auto).
  assert (S : In 1 hs <-> some_two P body).
  { rewrite H3. split.
    - intros (p & k & q & -> & Hs). destruct k as [| |x]; simpl in Hs; try easy.
      destruct Hs as (y & [Hy|Hy] & HP); [easy|].
      apply in_split in Hy as (p1 & p2 & ->). exists p1, y, p2, x, q. split; auto. now rewrite <- app_assoc.
    - intros (p & y & q & x & r & -> & HP). exists (p ++ Doc y :: q), (Doc x), r. split; [now rewrite <- app_assoc|].
      exists y. split; auto. apply in_or_app. right. apply in_or_app. right. now left. }
  unfold answer. fold hs. destruct (Classical_Prop.classic (In 1 hs)) as [Hin|Hin]; [left|right]; split; try tauto.
  - apply (head_restored b K (fun h => h) (fun h => h) (0 :: hs) 1); auto; [now right|].
    intros h Hh. destruct (V h Hh) as [-> | ->]; [right; lra | now left].
  - apply (head_restored b K (fun h => h) (fun h => h) (0 :: hs) 0); auto; [now left|].
    intros h [<-|Hh]; [now left|]. destruct (H1 h Hh) as [-> | ->]; [now left | tauto].
Qed.
End Compiled.

(** With b as the planner picks it for max_n documents and padding, and a weight w of being seen of 2 t or more: theory,
    sections 4, 6 and 7. Orthogonal vectors: at most 0. *)
Lemma planned b max_n : (INR max_n + 1) * (500 / 1359) ^ b <= 1 / 16 -> (INR max_n + 1) * exp (- INR b) <= 1 / 16.
Proof.
  intros H. eapply Rle_trans; [|exact H]. apply Rmult_le_compat_l; [|apply exp_minus_le].
  pose proof (pos_INR max_n). lra.
Qed.
Theorem min_ip_compiled b max_n w t body : (INR max_n + 1) * (500 / 1359) ^ b <= 1 / 16 -> 2 * INR t <= w ->
  (length body <= max_n)%nat -> (forall k, In k body -> k <> Start) ->
  some_two (at_most t) body /\ answer (INR b) (-1) w t body = 1 \/
  ~ some_two (at_most t) body /\ answer (INR b) (-1) w t body = 0.
Proof.
  intros H Hw HL. apply (answer_right (INR b) (-1) w (INR max_n + 1) t (at_most t)); unfold at_most; try lra.
  - now apply planned.
  - apply pos_INR.
  - intros k Hk. apply le_INR in Hk. lra.
  - intros k Hk. assert (t + 1 <= k)%nat as H1 by lia. apply le_INR in H1. rewrite plus_INR in H1. simpl in H1. lra.
  - apply le_INR in HL. lra.
Qed.
Theorem max_ip_compiled b max_n w t body : (INR max_n + 1) * (500 / 1359) ^ b <= 1 / 16 -> 0 <= w ->
  (length body <= max_n)%nat -> (forall k, In k body -> k <> Start) ->
  some_two (at_least t) body /\ answer (INR b) 1 w t body = 1 \/
  ~ some_two (at_least t) body /\ answer (INR b) 1 w t body = 0.
Proof.
  intros H Hw HL. apply (answer_right (INR b) 1 w (INR max_n + 1) t (at_least t)); unfold at_least.
  - now apply planned.
  - apply pos_INR.
  - pose proof (pos_INR t). lra.
  - intros k Hk. apply le_INR in Hk. lra.
  - intros k Hk. assert (k + 1 <= t)%nat as H1 by lia. apply le_INR in H1. rewrite plus_INR in H1. simpl in H1. lra.
  - apply le_INR in HL. lra.
Qed.

Check theorem_4_1_exactly.
Check theorem_4_1_empty.
Check theorem_4_1_example.
Check max_ip_says_yes.
Check max_ip_wrong.
Check max_ip_wrong_by.
Check max_ip_example.
Check min_ip_says_no.
Check min_ip_wrong.
Check min_ip_example.
Check min_ip_mended_exactly.
Check min_ip_mended_example.
Check min_ip_decided.
Check max_ip_decided.
Check decides_pairs.
Check planned_temperature.
Check min_ip_compiled.
Check max_ip_compiled.
Definition of_the_paper := (theorem_4_1_exactly, theorem_4_1_empty, theorem_4_1_example, max_ip_says_yes, max_ip_wrong,
  max_ip_wrong_by, max_ip_example, min_ip_says_no, min_ip_wrong, min_ip_example, min_ip_mended_exactly,
  min_ip_mended_example, min_ip_decided, max_ip_decided, decides_pairs, planned_temperature,
  min_ip_compiled, max_ip_compiled).
Print Assumptions of_the_paper.
