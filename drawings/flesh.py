"""Flesh and cloth: balls and cones on the bones, as parts from far to near."""

from __future__ import annotations

from collections.abc import Iterable

from drawings.body import LENGTH, Body, Limb, Skeleton
from drawings.hair import HAIR, ball
from drawings.outline import Part, Prim
from drawings.space import Camera, Vec, add, apart, cross, dot, mix, mul, sub, unit


def parts(sk: Skeleton, body: Body, cam: Camera, barefoot: bool = False) -> list[Part]:
    """The figure's parts, far to near."""
    sides = sorted("rl", key=lambda s: cam.near(sk.legs[s].mid) + cam.near(sk.arms[s].start))
    arms = {s: arm(sk.arms[s], s, body) for s in "rl"}
    behind = [p for s in sides for p in arms[s] if _depth(sk, s, cam) < sk.arms[s].data.get("behind", -0.05)]
    before = [p for s in sides for p in arms[s] if p not in behind]
    under = [p for s in sides for p in arms[s] if p in before and sk.arms[s].data.get("under_head")]
    over = [p for p in before if p not in under]
    hair, face = head(sk, body, cam)
    return hair + behind + _legs(sk, body, cam, sides, barefoot) + trunk(sk, body, cam) + under + face + over


def _depth(sk: Skeleton, s: str, cam: Camera) -> float:
    return cam.near(mix(sk.arms[s].mid, sk.arms[s].end, 0.5)) - cam.near(sk.chest.o)


def _legs(sk: Skeleton, body: Body, cam: Camera, sides: list[str], barefoot: bool) -> list[Part]:
    """From the front or behind both legs share one outline."""
    hips, pieces = pelvis(sk, body), {s: leg(sk, s, body, barefoot) for s in sides}
    (far_foot, far), (near_foot, near) = (pieces[s] for s in sides)
    if abs(cam.near(sk.root.z)) < 0.44:
        both = Part(far.name, far.prims + near.prims + hips, far.fill, far.k, far.cuts + near.cuts, soft=8)
        return [near_foot, far_foot, both]
    near.prims += hips
    return [far_foot, far, near_foot, near]


def arm(limb: Limb, key: str, body: Body) -> list[Part]:
    g, sh, el, wr = body.girth**0.7, limb.start, limb.mid, limb.end
    skin = [
        (mix(sh, el, 0.4), el, 0.031 * g, 0.026 * g),
        (el, mix(el, wr, 0.3), 0.026 * g, 0.028 * g),
        (mix(el, wr, 0.3), wr, 0.028 * g, 0.0185 * g),
        *hand(limb),
    ]
    cloth = [(sh, mix(sh, el, 0.5), 0.037 * g, 0.036 * g)]
    if body.sleeve <= 1:
        end, cut = mix(sh, el, body.sleeve), unit(sub(el, sh))
        cloth.append((mix(sh, el, 0.3), mix(sh, end, 1.2), 0.037 * g, 0.036 * g))
    else:
        end, cut = mix(el, wr, body.sleeve - 1), unit(sub(wr, el))
        cloth += [
            (mix(sh, el, 0.5), el, 0.036 * g, 0.031 * g),
            (el, mix(el, wr, 0.35), 0.031 * g, 0.032 * g),
            (mix(el, wr, 0.35), mix(el, end, 1.15), 0.032 * g, 0.027 * g),
        ]
    merge = (sh, 0.074 * g, "shirt", end)
    return [
        Part("arm_" + key, skin, body.skin, k=0.014, soft=2),
        Part("sleeve_" + key, cloth, "cloth", 0.015, [(end, cut, 0.06)], merge, soft=4),
    ]


def hand(limb: Limb) -> list[Prim]:
    """A mitten with a thumb; fingers curl to the palm, a grip closes it."""
    d, wr = limb.tip, limb.end
    palm = apart(limb.data.get("palm", (0, 0, -limb.side)), d)
    out = mul(cross(d, palm), limb.side)

    def p(a: float, b: float, c: float) -> Vec:
        return add(wr, mul(d, a), mul(palm, b), mul(out, c))

    if limb.data.get("grip"):
        return [
            (p(0.012, 0, 0), p(0.03, 0.004, 0), 0.018, 0.026),
            (p(0.035, 0.014, -0.012), p(0.035, 0.014, 0.012), 0.019, 0.019),
            (p(0.02, 0.016, 0.016), p(0.04, 0.026, 0.01), 0.009, 0.009),
        ]
    return [
        (wr, p(0.035, 0.002, 0), 0.018, 0.021),
        (p(0.03, 0.002, -0.008), p(0.058, 0.008, -0.006), 0.017, 0.014),
        (p(0.03, 0.002, 0.006), p(0.062, 0.008, 0.004), 0.015, 0.013),
        (p(0.058, 0.008, 0), p(0.082, 0.02, -0.002), 0.0135, 0.009),
        (p(0.012, 0.004, 0.012), p(0.045, 0.012, 0.032), 0.010, 0.0075),
    ]


def pelvis(sk: Skeleton, body: Body) -> list[Prim]:
    g, f, h = body.girth, sk.pelvis, body.hips
    sides = (-1, 1)
    front = [(f.at(0.004, 0.05, z * 0.035), f.at(0, 0.0, z * 0.045 * h), 0.05 * g, 0.056 * g) for z in sides]
    return front + [ball(f.at(-0.03, -0.012, z * 0.04 * h), 0.054 * g) for z in sides]


def leg(sk: Skeleton, key: str, body: Body, barefoot: bool) -> tuple[Part, Part]:
    g, limb = body.girth**0.8, sk.legs[key]
    hip, kn, an, toe = limb.start, limb.mid, limb.end, limb.tip
    shin = unit(sub(an, kn))
    back = apart(mul(sk.root.x, -1), shin)
    down = apart(shin, toe) if abs(dot(shin, toe)) < 0.95 else back

    def p(a: float, b: float) -> Vec:
        return add(an, mul(toe, a), mul(down, b))

    foot = Part(
        "foot_" + key,
        [
            (mix(kn, an, 0.8), an, 0.024, 0.023),
            (an, p(-0.018, 0.03), 0.023, 0.025),
            (p(0.0, 0.02), p(0.08, 0.036), 0.027, 0.019),
            (p(0.08, 0.036), p(0.106, 0.04), 0.019, 0.014),
        ],
        body.skin if barefoot else "hair",
        k=0.016,
        cuts=[(p(0, 0.052), down, 0.14)],
    )
    flesh = [
        (hip, kn, 0.060 * g, 0.043 * g),
        (kn, an, 0.043 * g, 0.031 * g),
        ball(add(mix(kn, an, 0.25), mul(back, 0.006)), 0.040 * g),
    ]
    return foot, Part("leg_" + key, flesh, body.legs, 0.02, [(mix(kn, an, 0.9), shin, 0.08)], soft=8)


def trunk(sk: Skeleton, body: Body, cam: Camera) -> list[Part]:
    """Neck and shirt; a round bite makes the collar."""
    ch, nk, pe = sk.chest, sk.neck, sk.pelvis
    facing = cam.near(ch.x)
    scoop, r = (0.075, 0.052) if facing < -0.6 else (0.050, 0.052) if facing > 0.6 else (0.056, 0.046)
    thin = 0.4
    cone = (
        nk.at(-0.006, -0.03),
        nk.at(0.002, LENGTH["skull"]),
        0.036 * body.girth**thin,
        0.032 * body.girth**thin,
    )
    bite = add(nk.o, mul(unit(add(ch.y, mul(nk.y, 0.6))), scoop), mul(ch.x, 0.008))
    hem = (pe.at(0, -0.035), mul(pe.y, -1), 0.2)
    return [
        Part("neck", [cone], body.skin, k=0.01),
        Part("shirt", _shirt(sk, body), "cloth", 0.026, [hem], soft=14, bites=[(bite, r)]),
    ]


def _shirt(sk: Skeleton, body: Body) -> list[Prim]:
    g, b, w, ch, pe = body.girth, body.shoulders, sk.waist, sk.chest, sk.pelvis
    prims = [ball(ch.at(0.012, 0.01), 0.062 * g), ball(w.at(0.010, 0.035), 0.052 * g)]
    for z, key in ((-1, "l"), (1, "r")):
        prims += [
            (ch.at(-0.004, 0.035, z * 0.046 * b), ch.at(0.002, -0.03, z * 0.040 * b), 0.048 * g, 0.052 * g),
            (w.at(0.002, 0.06, z * 0.036), w.at(0.002, 0.0, z * 0.026), 0.052 * g, 0.05 * g),
            (w.at(0.002, 0.0, z * 0.026), pe.at(-0.004, -0.02, z * 0.042 * body.hips), 0.05 * g, 0.058 * g),
            ball(ch.at(-0.024, 0.025, z * 0.035), 0.046 * g),
            ball(pe.at(-0.030, -0.006, z * 0.038), 0.057 * g),
            *_shoulder(sk, body, sk.arms[key]),
        ]
        if body.bust:
            prims.append(ball(ch.at(0.038 * g, -0.012, z * 0.036), 0.022 + 0.016 * body.bust))
    if body.belly:
        prims.append(ball(w.at(0.022 + 0.03 * body.belly, -0.015), 0.045 + 0.022 * body.belly))
    return prims


def _shoulder(sk: Skeleton, body: Body, limb: Limb) -> list[Prim]:
    """The slope from the neck and a stub of the sleeve, so that the armpit is round."""
    ch, sh, z, r = sk.chest, limb.start, limb.side, body.girth**0.7
    slope = add(sk.neck.o, mul(ch.x, -0.012), mul(ch.y, 0.018), mul(ch.z, z * 0.012))
    return [
        (slope, add(sh, mul(ch.z, -z * 0.004)), 0.022, 0.037 * r),
        (sh, mix(sh, limb.mid, 0.2), 0.0375 * r, 0.036 * r),
    ]


def head(sk: Skeleton, body: Body, cam: Camera) -> tuple[list[Part], list[Part]]:
    """What lies behind the neck, and what lies before it."""
    f, m = sk.head, body.head

    def p(x: float, y: float, z: float = 0) -> Vec:
        return f.at(x * m, y * m, z * m)

    front = cam.near(f.x)
    prims: list[Prim] = [
        (p(-0.014, 0.06), p(0.01, 0.064), 0.053 * m, 0.050 * m),
        (p(0.022, 0.05), p(0.036, 0.0), 0.039 * m, 0.020 * m),
        *((p(0, 0.045, z * 0.006), p(0.012, 0.008, z * 0.016), 0.042 * m, 0.026 * m) for z in (-1, 1)),
        (p(0.057, 0.045), p(0.068, 0.026), 0.005 * m, 0.0085 * m),
    ]
    if front < -0.6:  # from behind the jaw would peep out under the hair
        prims = prims[:1]
    if abs(front) > 0.6:
        prims += [ball(p(-0.002, 0.032, z * 0.051), 0.012 * m) for z in (-1, 1)]
    merge = (p(-0.03, 0.0), 0.05 * m, "neck", p(0.06, 0)) if abs(front) < 0.75 else None
    face = Part("head", prims, body.skin, k=0.010, merge=merge)
    style = HAIR[body.hair]
    face_bite = (p(0.064, 0.036), 0.05 * m) if front > 0.6 else (p(0.064, 0.022), 0.064 * m)
    bites = [] if front < -0.6 else [face_bite]

    def tuft(name: str, data: Iterable[Prim], bites: list[tuple[Vec, float]]) -> Part:
        grown = [(p(*a), p(*b), ra * m, rb * m) for a, b, ra, rb in data]
        return Part(name, grown, body.hair_fill, style.soft, bites=bites)

    if front > 0.6:
        cap = [tuft("hair", style.cap, bites)] if style.cap else []
        return [tuft("hair_back", style.back, [])], [face, *cap]
    return [], [face, tuft("hair", style.cap + style.back, bites)]
