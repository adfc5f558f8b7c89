(* However many calls the host makes for other VMs, in whatever order, on whatever CPUs and with
   whatever arguments, granted or refused: a VM's state, its vCPUs, and its pages with what is in
   them are as they were.

   From Swift: System.changeKeeps
   From Swift: System.applyConcerning
   From Swift: System.callConcerns
   From Swift: System.agreesWithItself
   From Swift: System.agreeBothWays

   Of a call this is about the change that it decides on (Docs/spec.md): nothing is said of the
   host's registers, which a call writes as well, nor of calls for the VM itself. *)
Require Import ZArith List.
Require Import Theorems Traces.
Import ListNotations.
Open Scope Z_scope.

Section CallsForOthers.
  Context {proved : Proved}.
  Variable vm : Z.

  Record input := {
    call : Call; other : Z; x : Z; y : Z; z : Z; mayManage : bool; cpu : Z
  }.

  (* A call decides, and what it has decided is done. *)
  Definition step (state : System) (i : input) : System :=
    System_apply_Change_Int state
      (System_make_Call_UInt64_UInt64_UInt64_UInt64_Bool
        state (call i) (other i) (x i) (y i) (z i) (mayManage i))
      (cpu i).

  Definition same (a b : System) : Prop := System_agree_System_System_UInt64 a b vm = true.

  Definition forAnother (i : input) : Prop :=
    other i <> vm /\ System_isVM (other i) = true /\ cpu i >= 0 /\ cpu i < Limits_cpus /\
    is_UInt64 (other i) /\ is_UInt64 (x i) /\ is_UInt64 (y i) /\ is_UInt64 (z i) /\ is_Int (cpu i).
  (* The VM is to notice none, and of no other call is anything said. *)
  Definition unnoticed (_ : System) (i : input) : Prop := forAnother i.
  Definition agree (_ _ : System) (_ : input) : Prop := False.

  Hypothesis isNumber : is_UInt64 vm.
  Hypothesis isVM : System_isVM vm = true.

  Lemma call_keeps : forall a b i, same a b -> forAnother i -> same (step a i) b.
  Proof.
    unfold same, forAnother, step. intros a b i looks rule.
    apply System_changeKeeps with (other := other i); try tauto.
    apply System_callConcerns; tauto.
  Qed.

  Lemma call_keeps_other : forall a b i, same a b -> forAnother i -> same a (step b i).
  Proof.
    intros a b i looks rule. apply System_agreeBothWays; auto. apply call_keeps; auto.
    now apply System_agreeBothWays.
  Qed.

  Theorem calls_for_others_change_nothing : forall state calls,
    Forall forAnother calls -> same (run step state calls) state.
  Proof.
    intros state calls rule. apply quiet_is_nothing with (unnoticed := unnoticed).
    - exact call_keeps.
    - revert state. induction rule as [| i calls first rest IH]; simpl; auto.
    - now apply System_agreesWithItself.
  Qed.

  (* Of two runs that agree on the VM at first, and do nothing but such calls, neither the same nor
     as many, each state agrees on it with a state of the other. *)
  Theorem calls_for_others_are_not_seen : forall a t b u,
    alike step agree unnoticed a t b u -> same a b ->
    forall t1 t2, t = t1 ++ t2 -> exists u1 u2, u = u1 ++ u2 /\
    same (run step a t1) (run step b u1) /\
    alike step agree unnoticed (run step a t1) t2 (run step b u1) u2.
  Proof. apply same_throughout; auto using call_keeps, call_keeps_other. contradiction. Qed.
End CallsForOthers.
