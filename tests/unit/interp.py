"""A small interpreter of the IR, to compare writing in place with writing to copies."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from pullback.ir.core import Atom, Block, Func, Op, Var

Env = dict[Var, Any]


def run(func: Func, args: list[Any], in_place: bool) -> list[Any]:
    """The results of a function; written inputs are changed if ``in_place``, else copied first."""
    return Interpreter(in_place).call(func, args)


def key_of(subscript: tuple[Any, ...], inputs: list[Any]) -> tuple[Any, ...]:
    """A Python index of a template and its run-time parts, which are taken off the list."""
    entries: list[Any] = []
    for entry in subscript:
        match entry:
            case "e":
                entries.append(...)
            case "n":
                entries.append(None)
            case "i" | "a" | "m":
                entries.append(inputs.pop(0))
            case (_, *given):
                entries.append(slice(*(inputs.pop(0) if g else None for g in given)))
    return tuple(entries)


class Interpreter:
    def __init__(self, in_place: bool) -> None:
        self.in_place = in_place

    def call(self, func: Func, args: list[Any]) -> list[Any]:
        return self.block(func.block, args, {})

    def block(self, block: Block, args: list[Any], env: Env) -> list[Any]:
        env.update(zip(block.params, args, strict=True))
        for op in block.ops:
            outputs = self.op(op, [self.value(a, env) for a in op.inputs], env)
            env.update(zip(op.outputs, outputs, strict=True))
        return [self.value(r, env) for r in block.results]

    def value(self, atom: Atom, env: Env) -> Any:
        return env[atom] if isinstance(atom, Var) else atom.value

    def op(self, op: Op, xs: list[Any], env: Env) -> list[Any]:
        match op.name:
            case "if":
                return self.block(op.blocks[0 if xs[0] else 1], [], env)
            case "for":
                return self.loop(op, xs, env)
            case "while":
                while self.block(op.blocks[0], xs, env)[0]:
                    xs = self.block(op.blocks[1], xs, env)
                return xs
            case "call":
                return self.call(op.params["callee"], xs)
        if op.prim.writes is not None and not self.in_place:
            x, within = xs[op.prim.writes], isinstance(xs[0], list) and "path" in op.params
            xs[op.prim.writes] = _copy(x, True) if within else copy.copy(x)
        if op.name == "accumulate" and not isinstance(xs[0], np.ndarray):
            return [xs[0] + xs[1]]
        if op.name in ("setitem", "add_at"):
            return [self.write(op, xs[0], xs[1], xs[2:])]
        if "into" in op.params and self.in_place:
            free = xs[op.params["into"]]
            params = {k: v for k, v in op.params.items() if k != "into"}
            plain = Op(op.prim, op.inputs, params, (), op.outputs)
            free[...] = self.simple(plain, xs)[0]
            return [free]
        return self.simple(op, xs)

    def loop(self, op: Op, xs: list[Any], env: Env) -> list[Any]:
        bounds, carried = xs[:3], xs[3:]
        for i in range(*bounds):
            carried = self.block(op.blocks[0], [i, *carried], env)
            if op.params.get("exits") and not carried.pop(0):
                break
        return carried

    def write(self, op: Op, x: Any, v: Any, rest: list[Any]) -> Any:
        *outer, last = op.params["path"]
        place = x
        for subscript in outer:
            place = place[key_of(subscript, rest)]
        key = key_of(last, rest)
        if op.name == "setitem":
            place[key] = v
        elif "a" in last:
            np.add.at(place, key, v)
        else:
            place[key] += v
        return x

    def simple(self, op: Op, xs: list[Any]) -> list[Any]:
        match op.name:
            case "getitem":
                x, *rest = xs
                for subscript in op.params["path"]:
                    x = x[key_of(subscript, rest)]
                return [x]
            case "accumulate":
                xs[0] += xs[1]
                return [xs[0]]
            case "copy":
                return [_copy(xs[0], bool(op.params.get("deep")))]
            case "transpose":
                return [np.transpose(xs[0])]
            case "zeros_like":
                return [np.zeros_like(xs[0])]
            case "broadcast_like":
                return [np.broadcast_to(xs[0], np.shape(xs[1]))]
            case "reshape_like":
                return [np.reshape(xs[0], np.shape(xs[1]))]
            case "undef" | "mark":
                return [None for _ in op.outputs]
            case "dim":
                return [xs[0].shape[op.params["axis"]]]
        if op.name.startswith("list") or op.name in ("pack", "unpack"):
            return self.container(op, xs)
        assert op.prim.func is not None, op.name
        return [op.prim.func(*xs, **op.params)]

    def container(self, op: Op, xs: list[Any]) -> list[Any]:
        match op.name:
            case "list_new" | "pack":
                return [xs]
            case "list_push":
                _reached(xs[0], xs[1:-1]).append(xs[-1])
            case "list_pop":
                return [xs[0], _reached(xs[0], xs[1:]).pop()]
            case "list_get":
                return [xs[0][xs[1]]]
            case "list_set":
                xs[0][xs[1]] = xs[2]
            case "list_add_at":
                xs[0][xs[1]] = xs[0][xs[1]] + xs[2]
            case "list_len":
                return [len(xs[0])]
            case "unpack":
                return list(xs[0])
        return [xs[0]]


def _reached(x: Any, path: list[Any]) -> Any:
    """The list that stands at a path of places."""
    for k in path:
        x = x[k]
    return x


def _copy(x: Any, deep: bool) -> Any:
    if isinstance(x, list):
        return [_copy(v, True) for v in x] if deep else list(x)
    return np.copy(x, order="K") if isinstance(x, np.ndarray) else x
