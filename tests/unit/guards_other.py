"""A module whose attributes guards_functions reads (a plain module: pytest changes test modules)."""

rate = 2.0
name = "relu"


def scaled(x):
    return x * rate


computed: int


def __getattr__(name):
    if name == "computed":
        return 3.0
    raise AttributeError(name)
