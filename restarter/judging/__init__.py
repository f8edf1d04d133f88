"""Judging: does a change matter to the program, and may it be restarted?"""
