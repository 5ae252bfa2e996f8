"""The people: one adult per card, so that readers meet many bodies."""

from drawings.body import Body

ADA = Body(hair="bun", bust=0.5, girth=1.06, hips=1.08, limbs=0.97, skin="skin-2", hair_fill="stripe")
BEN = Body(hair="short", shoulders=1.05, limbs=1.02)
CORA = Body(hair="bob", hair_fill="sheet", stoop=3, bust=0.6, girth=1.08, belly=0.3, glasses=True)
DEV = Body(hair="curly", girth=1.16, belly=0.6, skin="skin-2", hair_fill="stripe")
ELI = Body(hair="bald", stoop=3, girth=1.05, belly=0.3, skin="skin-2")
FAY = Body(hair="tail", bust=0.4, girth=0.94)
GUS = Body(hair="short", hair_fill="stripe", girth=1.1, shoulders=1.04, belly=0.35, skin="skin-2")
HANA = Body(hair="bob", hair_fill="stripe", bust=0.35, girth=0.96, limbs=0.98)
IDA = Body(hair="bun", hair_fill="sheet", stoop=4, bust=0.5, girth=1.0, limbs=0.97)
JON = Body(hair="curly", shoulders=1.06, girth=1.02, limbs=1.02, skin="skin-2")
KIM = Body(
    hair="tail", hair_fill="stripe", bust=0.55, girth=1.2, hips=1.1, belly=0.35, limbs=0.97, skin="skin-2"
)
LEO = Body(hair="bald", girth=1.14, belly=0.7, shoulders=1.02, glasses=True)
MAE = Body(hair="bob", bust=0.4, girth=1.02, skin="skin-2")
NED = Body(hair="short", girth=0.95, limbs=1.03, stoop=2)
OLA = Body(hair="bob", hair_fill="stripe", stoop=2, bust=0.55, girth=1.12, belly=0.2, hips=1.05)
PIA = Body(hair="scarf", hair_fill="trouser", bust=0.5, girth=1.03, skin="skin-2")
