"""Which rows hold for complex numbers: a row takes them only if it is in the first table.

A row is there if its function has, for complex arguments, the derivative that the row states: since
nothing is conjugated (see ``rules.complex_``) that is so of all that is holomorphic or linear, and of
what only moves elements. The second table says of each other row why not; tests demand that every row
is in one of them, and hold all of the first against pairs of real numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback import refusals
from pullback.errors import Loc, SourceError
from pullback.ir.core import Atom, Block, Op, walk
from pullback.ir.prims import title_of
from pullback.ir.types import is_complex
from pullback.rules.table import ROWS

TAKE_COMPLEX = frozenset(
    """
    add np.add sub subtract mul multiply div divide pow power neg pos negative
    float_power positive sinc sinc_slope isclose allclose array_equal array_equiv
    exp exp2 expm1 log log2 log10 log1p sqrt sin cos tan arcsin arccos arctan sinh cosh tanh
    arcsinh arccosh arctanh square reciprocal abs absolute
    real imag conj conjugate angle complex complex_of np.complex128 np.complex64
    cmath.exp cmath.log cmath.log10 cmath.sqrt cmath.sin cmath.cos cmath.tan cmath.asin cmath.acos
    cmath.atan cmath.sinh cmath.cosh cmath.tanh cmath.asinh cmath.acosh cmath.atanh cmath.phase
    cmath.polar cmath.isfinite cmath.isinf cmath.isnan cmath.isclose
    eq ne equal not_equal not logical_and logical_or logical_xor logical_not bool isnan isinf isfinite
    iscomplex isreal
    any all count_nonzero where choose masked_mul floats
    sum mean prod prod_others cumsum cumprod cumprod_tangent cumprod_adjoint recurrence var std
    matmul dot outer tensordot einsum inner vdot kron cross
    vecdot matvec vecmat
    diag diagonal trace tril triu norm solve inv det cofactors linalg.diagonal linalg.trace
    cofactors_along inv_or_nan solve_or_nan
    norm_of_matrices vector_norm matrix_norm cond lstsq tensorsolve tensorinv matrix_rank
    slogdet cholesky eigh eigvalsh eig eigvals svd svdvals of_square qr qr_triangle pinv
    eig_of_real eigvals_of_real
    zeros_like zeros_made ones_like empty_like zeros_tree full full_like linspace meshgrid array
    concatenate stack unstack split_like hstack vstack column_stack append tile repeat pad padded
    split reshape ravel flatten squeeze expand_dims transpose swapaxes moveaxis broadcast_to flip flipud
    fliplr roll rot90 rollaxis matrix_transpose diagflat atleast_1d atleast_2d atleast_3d dstack
    ascontiguousarray asfortranarray padded_with sliding_window_view
    array_split hsplit vsplit dsplit copy astype item take take_along_axis
    diff ediff1d gradient gradients trapezoid interp
    convolve correlate polyadd polysub polymul polyder polyint polyfit polyfit_told roots
    roots_of_real polyval vander
    insert delete compress extract resize trim_zeros np.select
    np.choose block broadcast_arrays nonzero argwhere flatnonzero tril_indices_from triu_indices_from
    logspace cumulative_sum cumulative_prod
    matrix_power multi_dot
    fft.fft fft.ifft fft.irfft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.fftshift fft.ifftshift
    fft.fft2_in fft.ifft2_in fft.fftn_in fft.ifftn_in fft.hfft fft.irfft2 fft.irfftn
    add.reduceat sum_of prod_of mean_of var_of std_of any_of all_of
    average averages cov corrcoef nansum nanprod nancumsum nancumprod nanmean nanvar nanstd
    nansum_of nanprod_of
    nanmean_of nanvar_of nanstd_of
    broadcast_like unbroadcast reshape_like cast cast_like dim is_view size
    getitem setitem add_at accumulate in_c_order last_written list_get list_len
    mul_at div_at outside held gradient_of passed
    scipy.special.erf scipy.special.erfc scipy.special.erfcx scipy.special.erfi scipy.special.dawsn
    scipy.special.expm1 scipy.special.log1p scipy.special.xlogy scipy.special.xlog1py scipy.special.jv
    scipy.special.yv scipy.special.iv scipy.special.kv scipy.special.kve scipy.special.hyp1f1
    scipy.special.ndtr scipy.special.log_ndtr scipy.special.exp1 scipy.special.expi
    scipy.linalg.solve scipy.linalg.inv scipy.linalg.det scipy.linalg.cholesky scipy.linalg.svdvals
    scipy.linalg.eigvalsh scipy.linalg.norm scipy.linalg.toeplitz scipy.linalg.circulant
    scipy.linalg.eigh scipy.linalg.svd scipy.linalg.pinv scipy.linalg.qr scipy.linalg.block_diag
    scipy.linalg.solve_triangular scipy.linalg.cho_factor scipy.linalg.cho_solve
    scipy.linalg.lu_factor scipy.linalg.lu_solve scipy.linalg.solve_banded
    scipy.linalg.solve_toeplitz scipy.linalg.solve_sylvester scipy.linalg.lstsq scipy.linalg.expm
    scipy.linalg.expm_frechet scipy.linalg.sqrtm scipy.linalg.expm_along scipy.linalg.sylvester_or_nan
    """.split()  # noqa: SIM905
)

ORDER = "complex numbers have no order"
PARTS = "take the real part or the absolute value first, z.real or abs(z)"
REAL = "it is a function of real numbers"
COUNTS = "it takes whole numbers"
NO_RULE = "it has no rule for them"
WRITTEN = "write it with functions that have one"

# Why others do not, and what to write instead.
REFUSED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        """
        fmax fmin heaviside isposinf isneginf
        lt le gt ge less less_equal greater greater_equal maximum minimum clip clip_from clip_to max min
        max_of min_of
        argmax argmin ptp median quantile percentile nanmedian nanquantile nanpercentile nanmax nanmin
        nanargmax nanargmin sort argsort unique uniques histogram lexsort isin partition
        argpartition searchsorted
        digitize list_order
        max_at min_at maximum.accumulate minimum.accumulate fmax.reduce fmin.reduce nanmax_of nanmin_of
        """.split(),  # noqa: SIM905
        (ORDER, PARTS),
    ),
    **dict.fromkeys(
        """
        mod np.mod floordiv floor_divide fmod arctan2 hypot copysign logaddexp fabs cbrt sign signbit
        floor ceil trunc rint round fix builtin_round degrees radians deg2rad rad2deg polygamma float int
        np.float64 np.float32 np.int64 np.int32 np.int16 np.int8 np.uint64 np.uint32 np.uint16 np.uint8
        np.bool_ arange eye identity unwrap tri indices
        bincount kaiser bartlett blackman hamming hanning
        fft.rfft fft.rfft2 fft.rfftn fft.ihfft fft.fftfreq fft.rfftfreq
        logaddexp2 np.modf np.divmod np.frexp ldexp i0 bessel_i1 nextafter spacing
        math.exp math.exp2 math.expm1 math.log math.log2 math.log10 math.log1p math.sqrt math.cbrt
        math.sin math.cos math.tan math.asin math.acos math.atan math.sinh math.cosh math.tanh
        math.asinh math.acosh math.atanh math.degrees math.radians math.fabs math.erf math.erfc
        math.gamma math.lgamma math.atan2 math.hypot math.copysign math.fmod math.remainder math.pow
        math.ceil math.floor math.trunc math.ulp math.isfinite math.isinf math.isnan math.isclose
        logaddexp.reduce logaddexp2.reduce logaddexp.accumulate logaddexp2.accumulate hypot.reduce
        cmath.rect math.nextafter math.ldexp math.modf math.frexp math.fsum math.dist statistics.mean
        """.split(),  # noqa: SIM905
        (REAL, PARTS),
    ),
    **dict.fromkeys(
        """
        and or xor lshift rshift invert bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_count
        gcd lcm left_shift ravel_multi_index unravel_index tril_indices triu_indices diag_indices
        right_shift math.comb math.perm
        math.factorial math.gcd math.lcm math.isqrt range_len min_int snapshot_distance zeros
        ones empty
        keys_find keys_len keys_last keys_places keys_of_set keys_has
        """.split(),  # noqa: SIM905
        (COUNTS, PARTS),
    ),
    **dict.fromkeys(
        """
        nan_to_num geomspace polyfit_spread
        """.split(),  # noqa: SIM905
        (NO_RULE, WRITTEN),
    ),
    **dict.fromkeys(("custom_vjp", "custom_jvp"), ("it is a primitive, for real numbers", PARTS)),
}  # fmt: skip


def refusal(name: str, inputs: Sequence[Atom], loc: Loc | None) -> SourceError | None:
    """The error for an op with complex inputs that its row does not hold for, None if there is none."""
    if name in TAKE_COMPLEX or name not in ROWS or not any(is_complex(a.type) for a in inputs):
        return None
    why, instead = REFUSED.get(name, (NO_RULE, WRITTEN))
    return refusals.COMPLEX_FUNCTION.at(loc, function=title_of(name), why=why, instead=instead)


def refuse(ops: Sequence[Op]) -> None:
    """Refuse complex numbers where a function is not known to hold for them."""
    for op in walk(Block([], list(ops), [])):
        if (error := refusal(op.name, op.inputs, op.loc)) is not None:
            raise error


__all__ = ["REFUSED", "TAKE_COMPLEX", "refusal", "refuse"]
