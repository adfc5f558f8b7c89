(* However many changes are made that calls of the host for other VMs and steps of other VMs decide
   on, in whatever order, on whatever CPUs and with whatever arguments, granted or refused: a VM's
   state, its vCPUs, and its pages with what is in them are as they were.

   From Swift: System.changeKeeps
   From Swift: System.applyConcerning
   From Swift: System.callIsOfOne
   From Swift: System.guestIsOfOne
   From Swift: System.vcpuIsOfVM
   From Swift: System.agreesWithItself
   From Swift: System.agreeBothWays

   This is about changes, the part of a step that others can notice (Docs/spec.md). Nothing is said
   of the registers of whoever makes the step, nor of other steps of the host: its stores, which
   may change what a VM shares, and calls for the VM itself. *)
Require Import ZArith List.
Require Import Theorems Traces.
Import ListNotations.
Open Scope Z_scope.

Section ChangesOfOthers.
  Context {proved : Proved}.
  Variable vm : Z.

  Inductive input :=
  | host_calls (cpu : Z) (call : Call) (other x y z : Z) (mayManage : bool)
  | guest_steps (cpu : Z) (vcpu : Z) (what : Step).

  Definition decided (state : System) (i : input) : Change :=
    match i with
    | host_calls _ call other x y z mayManage =>
        System_make_Call_UInt64_UInt64_UInt64_UInt64_Bool state call other x y z mayManage
    | guest_steps _ vcpu what => GuestChange_change (System_guestChange state what vcpu)
    end.
  Definition cpu (i : input) : Z :=
    match i with host_calls cpu _ _ _ _ _ _ => cpu | guest_steps cpu _ _ => cpu end.
  Definition step (state : System) (i : input) : System :=
    System_take_Change_Int state (decided state i) (cpu i).

  (* For which VM the call is, or of which VM the guest. *)
  Definition concerned (i : input) : Z :=
    match i with host_calls _ _ other _ _ _ _ => other | guest_steps _ vcpu _ => System_vm vcpu end.

  (* There is such an input: CPUs, vCPUs, VMs and registers are what they can be. *)
  Definition possible (i : input) : Prop :=
    (is_Int (cpu i) /\ cpu i >= 0 /\ cpu i < Limits_cpus) /\
    match i with
    | host_calls _ _ other x y z _ =>
        System_isVM other = true /\ is_UInt64 other /\ is_UInt64 x /\ is_UInt64 y /\ is_UInt64 z
    | guest_steps _ vcpu _ => is_Int vcpu /\ vcpu >= 0 /\ vcpu < System_vcpuCount
    end.

  Definition same (a b : System) : Prop := System_agree_System_System_UInt64 a b vm = true.
  Definition ofOthers (i : input) : Prop := possible i /\ concerned i <> vm.
  Definition unnoticed (_ : System) (i : input) : Prop := ofOthers i.
  (* Of what the VM may notice nothing is said. *)
  Definition agree (_ _ : System) (_ _ : input) : Prop := False.

  Hypothesis isNumber : is_UInt64 vm.
  Hypothesis isVM : System_isVM vm = true.

  Lemma other_is_vm : forall i, possible i ->
    is_UInt64 (concerned i) /\ System_isVM (concerned i) = true.
  Proof.
    intros [? ? ? ? ? ? ? | ? vcpu ?] [_ rule]; simpl in *; try tauto.
    split; [apply System_vm'range | now apply System_vcpuIsOfVM].
  Qed.

  Lemma is_of_one : forall a i, possible i ->
    System_isOfOne a (decided a i) (concerned i) = true.
  Proof.
    intros a [? ? ? ? ? ? ? | ? ? ?] [_ rule]; simpl in *.
    - now apply System_callIsOfOne.
    - now apply System_guestIsOfOne.
  Qed.

  Lemma step_keeps : forall a b i, same a b -> ofOthers i -> same (step a i) b.
  Proof.
    unfold same, step. intros a b i looks [can another].
    destruct (other_is_vm i can). destruct can as [can rest].
    apply System_changeKeeps with (other := concerned i); try tauto.
    apply is_of_one. split; tauto.
  Qed.

  Lemma step_keeps_other : forall a b i, same a b -> ofOthers i -> same a (step b i).
  Proof.
    intros a b i looks rule. apply System_agreeBothWays; auto. apply step_keeps; auto.
    now apply System_agreeBothWays.
  Qed.

  Theorem others_change_nothing : forall state trace,
    Forall ofOthers trace -> same (run step state trace) state.
  Proof.
    intros state trace rule. apply quiet_is_nothing with (unnoticed := unnoticed).
    - exact step_keeps.
    - revert state. induction rule; simpl; auto.
    - now apply System_agreesWithItself.
  Qed.

  (* Of two runs that agree on the VM at first, and have nothing but changes of others, neither the
     same nor as many, each state agrees on the VM with one of the other. *)
  Theorem others_are_not_seen : forall a t b u,
    alike step agree unnoticed a t b u -> same a b ->
    forall t1 t2, t = t1 ++ t2 -> exists u1 u2, u = u1 ++ u2 /\
    same (run step a t1) (run step b u1) /\
    alike step agree unnoticed (run step a t1) t2 (run step b u1) u2.
  Proof. apply same_throughout; auto using step_keeps, step_keeps_other. contradiction. Qed.
End ChangesOfOthers.
