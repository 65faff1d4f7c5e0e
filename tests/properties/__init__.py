"""Values drawn from the contract: every answer, request, refusal and body."""
