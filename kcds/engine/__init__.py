"""Rules + facts -> findings: durable-rules does the matching, a plain evaluator beside it checks every answer."""
