"""Contracts: what each dataset must look like, typed once and read by everything else."""
