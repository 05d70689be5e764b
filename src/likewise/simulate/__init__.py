"""Review sessions with known answers: replays, rehearsals, the demo."""
