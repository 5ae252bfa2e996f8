"""The contract of the stand-in, for tests."""

from sandbox.contract import OBJECTS, faults_of_answer, faults_of_object, faults_of_params

__all__ = ["OBJECTS", "faults_of_answer", "faults_of_object", "faults_of_params"]
