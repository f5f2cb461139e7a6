"""The glossary of where: divisions and jurisdictions, and their outlines through time."""

from districts.models.divisions import Boundary as Boundary
from districts.models.divisions import Division as Division
from districts.models.divisions import Edition as Edition
from districts.models.divisions import Households as Households
from districts.models.divisions import Level as Level
from districts.models.imports import AreaImport as AreaImport
from districts.models.imports import ImportedArea as ImportedArea
from districts.models.jurisdictions import Jurisdiction as Jurisdiction
from districts.models.jurisdictions import JurisdictionBoundary as JurisdictionBoundary
