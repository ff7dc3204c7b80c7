"""Measurements of speed. Every figure is a ratio to something measured in the same run.

Machines differ and neighbours make noise, so two subjects take turns within each round and the
median of the rounds counts. Servers run on one core and the load on another where there are two.
"""
