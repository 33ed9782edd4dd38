"""The IR: types, the five kinds, primitives, building, aliasing, verification and text."""
