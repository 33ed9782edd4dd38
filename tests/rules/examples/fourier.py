"""Example calls: Fourier transforms, of which real and imaginary parts are taken."""

import numpy as np

from tests.rules.examples.registry import example, normal

TURN = 1.0 + 2.0j


@example("fft.fft", normal((5,), (2, 4)))
def fft_of_rows(x, y):
    z = np.fft.fft(x)[:4] * np.fft.fft(y * TURN, axis=0, norm="ortho") * np.fft.fft(y, 3)[0, 1]
    return np.real(z * np.fft.fft(x, n=7, norm="forward")[2])


@example("fft.ifft", normal((5,), (2, 4)))
def ifft_of_rows(x, y):
    z = np.fft.ifft(x * TURN, 4) * np.fft.ifft(y)
    return np.imag(z * np.fft.ifft(y * TURN, n=6, axis=1, norm="ortho")[1, 2])


@example("fft.rfft", normal((5,), (2, 4)))
def rfft_of_rows(x, y):
    z = np.fft.rfft(x) * np.fft.rfft(y) * np.fft.rfft(y, 3, axis=0, norm="ortho")[0, 0]
    return np.real(z * np.fft.rfft(x, 7)[1] * np.fft.rfft(x, n=4)[2])


@example("fft.irfft", normal((4,), (2, 3)))
def irfft_of_rows(x, y):
    z = np.fft.irfft(x * TURN)[:4] * np.fft.irfft(y * TURN, axis=1) * np.fft.irfft(x * TURN, 5)[1]
    z = z * np.fft.irfft(y, n=3, axis=0, norm="ortho")[1, 2]
    return z * np.fft.irfft(x * TURN, 9, norm="forward")[3]


@example("fft.fft2", normal((2, 3)))
def fft2_of_matrix(x):
    return np.real(np.fft.fft2(x) * np.fft.fft2(x * TURN, axes=(1, 0), norm="ortho"))


@example("fft.ifft2", normal((2, 3)))
def ifft2_of_matrix(x):
    return np.imag(np.fft.ifft2(x * TURN) * x)


@example("fft.fftn", normal((2, 3, 2)))
def fftn_of_stack(x):
    return np.real(np.fft.fftn(x) * np.fft.fftn(x * TURN, axes=(0, 2)))


@example("fft.ifftn", normal((2, 3)))
def ifftn_of_matrix(x):
    return np.real(np.fft.ifftn(x * TURN, norm="forward") * np.fft.fftfreq(3, 0.5))


@example("fft.fftn_in", normal((2, 3, 2)))
def fftn_in_points(x):
    n = x.shape[1]
    y = np.fft.fftn(x * TURN, s=(n, 3), axes=(1, 0)) * np.fft.fftn(x, (4, 3, 3), (-1, 1, 0))[..., :2]
    return np.real(y * np.fft.fftn(x, [2], axes=[-2], norm="ortho")[0, 0])


@example("fft.ifftn_in", normal((2, 3, 2)))
def ifftn_in_points(x):
    return np.imag(np.fft.ifftn(x * TURN, s=(2, 4), axes=(0, 2)) * x[0, 0, 0])


@example("fft.fft2_in", normal((2, 3)))
def fft2_in_points(x):
    return np.real(np.fft.fft2(x, (3, 3)) * np.fft.fft2(x * TURN, s=(3, 2), axes=(0, 1))[0, 1])


@example("fft.ifft2_in", normal((2, 3)))
def ifft2_in_points(x):
    return np.imag(np.fft.ifft2(x * TURN, s=x.shape[::-1]))


@example("fft.rfft2", normal((2, 3)))
def rfft2_of_matrix(x):
    y = np.fft.rfft2(x) * np.fft.rfft2(x, s=(2, 2), norm="ortho") + np.fft.rfft2(x, axes=(1, 0))[0, 0]
    return np.real(y * TURN)


@example("fft.rfftn", normal((2, 3, 2)))
def rfftn_of_stack(x):
    return np.imag(np.fft.rfftn(x) * np.fft.rfftn(x, s=(3, 2), axes=(1, 2))[1] * TURN)


@example("fft.irfft2", normal((2, 3)))
def irfft2_of_matrix(x):
    y = np.fft.irfft2(x * TURN) * np.fft.irfft2(x, s=(x.shape[0], 4)) + np.fft.irfft2(x, (3, 3))[1, 2]
    return y * np.fft.irfft2(x * TURN, axes=(1, 0), norm="forward")[0, 1]


@example("fft.irfftn", normal((2, 3, 2)))
def irfftn_of_stack(x):
    return np.fft.irfftn(x * TURN, s=(3, 4), axes=(2, 1)) * np.fft.irfftn(x)[0, 1, 0]


@example("fft.hfft", normal((4,), (2, 3)))
def hfft_of_rows(x, y):
    z = np.fft.hfft(x * TURN)[:4] * np.fft.hfft(y * TURN, axis=1) * np.fft.hfft(x, 5)[1]
    return z * np.fft.hfft(y, n=2, axis=0, norm="ortho")[1, 2]


@example("fft.ihfft", normal((5,), (2, 4)))
def ihfft_of_rows(x, y):
    return np.real(np.fft.ihfft(x) * np.fft.ihfft(y) * np.fft.ihfft(x, n=4, norm="forward") * TURN)


@example("fft.fftfreq", lambda rng: (float(rng.uniform(1, 2)), rng.normal(size=5)))
def fftfreq_of_step(d, x):
    return np.fft.fftfreq(x.size, d) * x + np.fft.fftfreq(5)


@example("fft.rfftfreq", lambda rng: (float(rng.uniform(1, 2)),))
def rfftfreq_of_step(d):
    return np.fft.rfftfreq(5, d=d) * d + np.fft.rfftfreq(n=4)


@example("fft.fftshift", normal((5,), (2, 3)))
def fftshift_of_rows(x, y):
    return np.fft.fftshift(x)[:3] * np.fft.fftshift(y, axes=1) * np.fft.fftshift(y)


@example("fft.ifftshift", normal((5,), (2, 3)))
def ifftshift_of_rows(x, y):
    return np.fft.ifftshift(x)[:3] * np.fft.ifftshift(y, axes=(1,)) * np.fft.ifftshift(y)
