import Prover
