"""Whether a post says that a watched service fails now ("is X down?"), in several languages.

By rules, not by a model: the rules can be read, and a wrong answer can be put right. `names`
finds the services, `phrases` has the cues of each language, `claims` reads the cues.
"""
