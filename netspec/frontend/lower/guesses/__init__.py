"""What netspec takes for granted where a spec leaves something open: hypotheses under which a net is measured again."""
