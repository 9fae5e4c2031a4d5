"""English verbs whose past is irregular. Knows no rules of spelling."""

from __future__ import annotations

_PAST = """begin began|blow blew|break broke|bite bit|burst burst|catch caught|come came|creep crept|cut cut
deal dealt|dig dug|draw drew|drink drank|drive drove|drop dropped|eat ate|fall fell|feed fed
fight fought|flee fled|fly flew|fold folded|get got|give gave|go went|grind ground|grow grew
hang hung|have had|hide hid|hit hit|hold held|keep kept|lay laid|lead led|leave left|light lit
lose lost|make made|melt melted|put put|read read|ride rode|ring rang|rise rose|run ran|say said
set set|shake shook|shear sheared|shine shone|shoot shot|shut shut|sing sang|sink sank|sit sat
slide slid|speak spoke|speed sped|spew spewed|spin spun|spit spat|split split|spread spread
steal stole|strike struck|sweep swept|swim swam|swing swung|take took|talk talked|tear tore
tell told|throw threw|touch touched|wake woke|wind wound|wring wrung|write wrote|dive dived
shed shed|bet bet|see saw|feel felt|think thought|be was|stand stood|send sent"""
PAST = dict(pair.split() for line in _PAST.splitlines() for pair in line.split("|"))
